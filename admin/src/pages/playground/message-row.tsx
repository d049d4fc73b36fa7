import { LoadingOutlined } from '@ant-design/icons'
import { Button, Flex, Progress, Tag, Typography } from 'antd'
import { memo } from 'react'
import { useErrorText } from '../../calls/error-text.ts'
import { PersonAvatar } from '../../components/person-name.tsx'
import { usePerson } from '../../directory/use-person.ts'
import { useTexts } from '../../language/language.ts'
import styles from './chat.module.css'
import { useChat } from './chat-context.tsx'
import { readContent } from './content.ts'
import type { ChatMessage, Place } from './conversation.ts'
import { MessageActions } from './message-actions.tsx'
import { MessageContent } from './message-content.tsx'
import { MessageReactions } from './message-reactions.tsx'
import { useSummary } from './summary.ts'
import { playgroundTexts } from './texts.ts'
import { useClock } from './times.ts'

export interface RowActions {
  reply(message: ChatMessage): void
  edit(message: ChatMessage): void
  showEntry(no: number): void
}

interface MessageRowProps {
  readonly message: ChatMessage
  readonly place: Place
  /** Of several in a row by the same person. */
  readonly isFirst: boolean
  /** Whether it was read is shown of the last of one's own. */
  readonly isLastOwn: boolean
  readonly quoted: ChatMessage | undefined
  /** Messages of others, too. */
  readonly mayRecallAll: boolean
  readonly mayWrite: boolean
  readonly actions: RowActions
}

export const MessageRow = memo((props: MessageRowProps) => {
  const { actions, isFirst, isLastOwn, mayRecallAll, mayWrite, message, place, quoted } = props
  const t = useTexts(playgroundTexts)
  const { me } = useChat()
  const time = useClock()
  const person = usePerson(message.from)
  const isOwn = message.from === me
  const name = isOwn ? t('you') : person.name
  if (message.recalledBy !== undefined) return <Recalled message={message} />
  const isThere = message.state === 'done'
  return (
    <article className={styles.row} data-no={message.no} data-own={isOwn} data-first={isFirst} aria-label={name}>
      <div className={styles.side}>{isFirst && <PersonAvatar person={person} />}</div>
      <div className={styles.column}>
        {isFirst && (
          <Flex gap={6} align="center" className={styles.under} style={{ marginBottom: 3 }}>
            <span>{name}</span>
            {message.isAgent && (
              <Tag color="blue" style={{ marginInlineEnd: 0 }}>
                AI
              </Tag>
            )}
            <time dateTime={message.at}>{time(message.at)}</time>
          </Flex>
        )}
        <div className={styles.line}>
          <div className={styles.bubble} data-message={message.msgId}>
            {message.quoteMsgId !== undefined && <Quote quoted={quoted} onShow={actions.showEntry} />}
            {message.state === 'uploading' ? (
              <Uploading message={message} place={place} />
            ) : (
              <MessageContent message={message} name={name} />
            )}
            {message.state === 'streaming' && (
              <LoadingOutlined role="status" aria-label={t('writing')} style={{ marginInlineStart: 6 }} />
            )}
          </div>
          {isThere && mayWrite && (
            <MessageActions
              message={message}
              place={place}
              mayEdit={isOwn && readContent(message.content).kind === 'text'}
              mayRecall={isOwn || mayRecallAll}
              actions={actions}
            />
          )}
          {message.state === 'sending' && (
            <LoadingOutlined role="status" aria-label={t('sending')} className={styles.under} />
          )}
        </div>
        <MessageReactions message={message} place={place} mayReact={mayWrite} />
        {message.state === 'failed' && <NotSent message={message} place={place} />}
        {(message.isEdited || message.state === 'stopped' || (isLastOwn && isThere)) && (
          <Flex gap={8} className={styles.under}>
            {message.isEdited && <span>{t('edited')}</span>}
            {message.state === 'stopped' && <span>{t('stopped')}</span>}
            {isLastOwn && isThere && <ReadState message={message} place={place} />}
          </Flex>
        )}
      </div>
    </article>
  )
})

const ReadState = ({ message, place }: { readonly message: ChatMessage; readonly place: Place }) => {
  const t = useTexts(playgroundTexts)
  const count = message.readBy.length
  if (count === 0) return <span>{t('delivered')}</span>
  return <span>{place.type === 'private' ? t('read') : t('readBy', { count })}</span>
}

const Recalled = ({ message }: { readonly message: ChatMessage }) => {
  const t = useTexts(playgroundTexts)
  const { me } = useChat()
  const { name } = usePerson(message.recalledBy)
  return (
    <div className={styles.notice} data-no={message.no}>
      {message.recalledBy === me ? t('recalledOwn') : t('recalled', { name })}
    </div>
  )
}

interface QuoteProps {
  readonly quoted: ChatMessage | undefined
  readonly onShow: (no: number) => void
}

const Quote = ({ onShow, quoted }: QuoteProps) => {
  const t = useTexts(playgroundTexts)
  const { me } = useChat()
  const { name } = usePerson(quoted?.from)
  const summary = useSummary(quoted)
  if (quoted === undefined) return <span className={styles.quote}>{t('quoteGone')}</span>
  return (
    <button type="button" className={styles.quote} onClick={() => onShow(quoted.no)}>
      {quoted.from === me ? t('you') : name}: {summary}
    </button>
  )
}

interface OwnProps {
  readonly message: ChatMessage
  readonly place: Place
}

const Uploading = ({ message, place }: OwnProps) => {
  const t = useTexts(playgroundTexts)
  const chat = useChat()
  const shown = readContent(message.content)
  const name = shown.kind === 'file' ? shown.name : ''
  return (
    <Flex gap={12} align="center">
      <Flex vertical style={{ minWidth: 140 }}>
        <span>{name}</span>
        <Progress
          percent={Math.round((message.progress ?? 0) * 100)}
          size="small"
          aria-label={t('uploading', { name })}
        />
      </Flex>
      <Button size="small" onClick={() => chat.drop(place, message.no)}>
        {t('cancel')}
      </Button>
    </Flex>
  )
}

const NotSent = ({ message, place }: OwnProps) => {
  const t = useTexts(playgroundTexts)
  const chat = useChat()
  const textOf = useErrorText()
  return (
    <Flex role="alert" gap={4} align="center" wrap justify="flex-end" style={{ fontSize: 12 }}>
      <Typography.Text type="danger" style={{ fontSize: 12 }}>
        {t('failed')} {textOf(message.error)}
      </Typography.Text>
      <Button type="link" size="small" onClick={() => chat.again(place, message.no)}>
        {t('again')}
      </Button>
      <Button type="text" size="small" onClick={() => chat.drop(place, message.no)}>
        {t('discard')}
      </Button>
    </Flex>
  )
}
