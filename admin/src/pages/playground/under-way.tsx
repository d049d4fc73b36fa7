import { Button, Flex } from 'antd'
import { useAgentCancel } from '../../calls/agent-cancel.ts'
import { useAttempt } from '../../components/use-attempt.ts'
import { usePerson } from '../../directory/use-person.ts'
import { useTexts } from '../../language/language.ts'
import styles from './chat.module.css'
import { useChat } from './chat-context.tsx'
import { byMsgId, type Conversation, findMessage, type Run } from './conversation.ts'
import { playgroundTexts } from './texts.ts'

interface UnderWayProps {
  readonly conversation: Conversation
  /** Runs of others, too. */
  readonly mayStopAll: boolean
}

/** Who is writing, and which agents are at work. */
export const UnderWay = ({ conversation, mayStopAll }: UnderWayProps) => {
  const { me } = useChat()
  const { place, runs, typing } = conversation
  const mayStop = ({ inReplyTo }: Run): boolean =>
    mayStopAll || place.type === 'private' || findMessage(conversation, byMsgId(inReplyTo))?.from === me
  return (
    <div className={styles.status} aria-live="polite">
      {typing.length > 0 && <Typing employeeIds={typing} />}
      {runs.map((run) => (
        <RunLine key={run.runId} run={run} mayStop={mayStop(run)} />
      ))}
    </div>
  )
}

const Typing = ({ employeeIds }: { readonly employeeIds: readonly string[] }) => {
  const t = useTexts(playgroundTexts)
  const { name } = usePerson(employeeIds[0])
  return (
    <div>{employeeIds.length === 1 ? t('typingOne', { name }) : t('typingMany', { count: employeeIds.length })}</div>
  )
}

const RunLine = ({ mayStop, run }: { readonly run: Run; readonly mayStop: boolean }) => {
  const t = useTexts(playgroundTexts)
  const attempt = useAttempt()
  const cancel = useAgentCancel()
  const { name } = usePerson(run.agentId)
  const text = run.state === 'queued' ? 'runQueued' : run.state === 'streaming' ? 'runStreaming' : 'runRunning'
  return (
    <Flex align="center" gap={4}>
      <span>{t(text, { name })}</span>
      {mayStop && (
        <Button
          type="link"
          size="small"
          loading={cancel.isPending}
          aria-label={t('stopName', { name })}
          onClick={() => void attempt(() => cancel.mutateAsync({ run_id: run.runId }))}
        >
          {t('stop')}
        </Button>
      )}
    </Flex>
  )
}
