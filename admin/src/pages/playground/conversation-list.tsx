import { PlusOutlined, TeamOutlined } from '@ant-design/icons'
import { Avatar, Badge, Button, Flex, Tag, Typography } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { Nothing } from '../../components/page-states.tsx'
import { AgentTag, PersonAvatar } from '../../components/person-name.tsx'
import { useIsOnline } from '../../components/presence.tsx'
import { useSignedIn } from '../../connection/connection-context.tsx'
import { usePerson } from '../../directory/use-person.ts'
import { useTexts } from '../../language/language.ts'
import styles from './chat.module.css'
import { useConversations } from './chat-context.tsx'
import { type Conversation, keyOf, type Place } from './conversation.ts'
import { usePlace } from './names.ts'
import { StartConversation } from './start-conversation.tsx'
import { useSummary } from './summary.ts'
import { playgroundTexts } from './texts.ts'
import { useClock } from './times.ts'

interface ConversationListProps {
  readonly chosen: Place | undefined
  /** Beside it there is nothing. */
  readonly isAlone: boolean
}

export const ConversationList = ({ chosen, isAlone }: ConversationListProps) => {
  const t = useTexts(playgroundTexts)
  const conversations = useConversations()
  const [isStarting, setStarting] = useState(false)
  const chosenKey = chosen === undefined ? undefined : keyOf(chosen)
  const start = (
    <Button icon={<PlusOutlined aria-hidden />} aria-haspopup="dialog" onClick={() => setStarting(true)}>
      {t('start')}
    </Button>
  )
  return (
    <section aria-label={t('conversations')} className={isAlone ? `${styles.list} ${styles.listAlone}` : styles.list}>
      <Flex style={{ padding: 12 }}>{start}</Flex>
      {conversations.length === 0 ? (
        <div style={{ padding: '0 16px' }}>
          <Nothing text={t('noConversation')} />
        </div>
      ) : (
        <ul className={styles.entries}>
          {conversations.map((conversation) => (
            <li key={conversation.key}>
              <ConversationEntry conversation={conversation} isChosen={conversation.key === chosenKey} />
            </li>
          ))}
        </ul>
      )}
      <StartConversation isOpen={isStarting} onClose={() => setStarting(false)} />
    </section>
  )
}

const ConversationEntry = ({
  conversation,
  isChosen,
}: {
  readonly conversation: Conversation
  readonly isChosen: boolean
}) => {
  const t = useTexts(playgroundTexts)
  const { entries, isMentioned, key, lastAt, place, unread } = conversation
  const { name, person } = usePlace(place)
  const time = useClock()
  const last = entries.at(-1)
  const summary = useSummary(last)
  const { employeeId } = useSignedIn()
  const speakerId =
    place.type === 'group' && last?.kind === 'message' && last.recalledBy === undefined ? last.from : undefined
  const speaker = usePerson(speakerId === employeeId ? undefined : speakerId).name
  return (
    <Link
      to={`/console/playground/${place.type}/${encodeURIComponent(place.id)}`}
      className={styles.entry}
      {...(isChosen ? { 'aria-current': 'page' as const } : {})}
    >
      <PlaceAvatar place={place} />
      <Flex vertical style={{ flex: 1, minWidth: 0, lineHeight: 1.4 }}>
        <Flex align="baseline" justify="space-between" gap={8}>
          <Flex gap={6} style={{ minWidth: 0 }}>
            <Typography.Text ellipsis strong={unread.length > 0}>
              {name}
            </Typography.Text>
            {person?.is_ai_agent === true && <AgentTag />}
          </Flex>
          {entries.length > 0 && <span className={`${styles.under} ${styles.time}`}>{time(lastAt)}</span>}
        </Flex>
        <Flex align="center" justify="space-between" gap={8} style={{ minHeight: 20 }}>
          <Typography.Text ellipsis type="secondary" style={{ fontSize: 12, flex: 1 }} data-summary={key}>
            {speaker !== '' && `${speaker}${t('says')}`}
            {summary}
          </Typography.Text>
          {isMentioned && (
            <Tag color="orange" style={{ marginInlineEnd: 0 }}>
              {t('mentionedYou')}
            </Tag>
          )}
          {unread.length > 0 && <Badge count={unread.length} title={t('unread', { count: unread.length })} />}
        </Flex>
      </Flex>
    </Link>
  )
}

export const PlaceAvatar = ({ place, size = 36 }: { readonly place: Place; readonly size?: number }) =>
  place.type === 'group' ? (
    <Avatar size={size} shape="square" icon={<TeamOutlined aria-hidden />} style={{ flexShrink: 0 }} aria-hidden />
  ) : (
    <PeerAvatar employeeId={place.id} size={size} />
  )

const PeerAvatar = ({ employeeId, size }: { readonly employeeId: string; readonly size: number }) => {
  const t = useTexts(playgroundTexts)
  const person = usePerson(employeeId)
  const isOnline = useIsOnline(employeeId) === true
  return (
    <Badge
      {...(isOnline ? { dot: true, status: 'success' as const, title: t('online') } : {})}
      offset={[-4, size - 6]}
      style={{ width: 10, height: 10 }}
    >
      <PersonAvatar person={person} size={size} />
    </Badge>
  )
}
