import { ArrowLeftOutlined } from '@ant-design/icons'
import { Flex, Typography } from 'antd'
import { type DragEvent, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { Link } from 'react-router'
import { Failed, Waiting } from '../../components/page-states.tsx'
import { useIsOnline } from '../../components/presence.tsx'
import { usePermissions, useSignedIn } from '../../connection/connection-context.tsx'
import { useTexts } from '../../language/language.ts'
import { groupRights } from '../groups/group-rights.ts'
import styles from './chat.module.css'
import { useChat, useConversation } from './chat-context.tsx'
import { type About, Composer } from './composer.tsx'
import { type Conversation, keyOf, type Place } from './conversation.ts'
import { PlaceAvatar } from './conversation-list.tsx'
import { MessageList, ToEndButton } from './message-list.tsx'
import { usePlace } from './names.ts'
import { PeerNotice } from './peer-notice.tsx'
import { playgroundTexts } from './texts.ts'
import { UnderWay } from './under-way.tsx'
import { useMessageWindow } from './use-message-window.ts'

interface ConversationViewProps {
  readonly place: Place
  /** The list of conversations is a page away. */
  readonly isAlone: boolean
}

export const ConversationView = ({ isAlone, place }: ConversationViewProps) => {
  const conversation = useConversation(keyOf(place))
  const { error, name, refetch } = usePlace(place)
  useEffect(() => {
    document.title = `${name} · MChat`
  }, [name])
  if (conversation === undefined) return <Waiting />
  // What was said stays readable when one was removed from the group.
  const isUnknown = error !== null && conversation.entries.length === 0
  return (
    <section className={styles.conversation} aria-label={name}>
      <Head place={place} name={name} isAlone={isAlone} />
      {isUnknown ? (
        <Failed error={error} onAgain={() => void refetch()} />
      ) : (
        <Body conversation={conversation} place={place} />
      )}
    </section>
  )
}

const Head = ({ isAlone, name, place }: ConversationViewProps & { readonly name: string }) => {
  const t = useTexts(playgroundTexts)
  const { group } = usePlace(place)
  const isOnline = useIsOnline(place.type === 'private' ? place.id : undefined)
  return (
    <header className={styles.head}>
      {isAlone && (
        <Link to="/console/playground" aria-label={t('back')} style={{ padding: 6 }}>
          <ArrowLeftOutlined aria-hidden />
        </Link>
      )}
      <PlaceAvatar place={place} />
      <Flex vertical style={{ minWidth: 0, lineHeight: 1.35 }}>
        <Typography.Title level={isAlone ? 1 : 2} ellipsis style={{ margin: 0, fontSize: 16, lineHeight: 1.4 }}>
          {name}
        </Typography.Title>
        <span className={styles.under}>
          {place.type === 'private' && isOnline !== undefined && (isOnline ? t('online') : t('offline'))}
          {group !== undefined && t('members', { count: group.member_count })}
        </span>
      </Flex>
    </header>
  )
}

const Body = ({ conversation, place }: { readonly conversation: Conversation; readonly place: Place }) => {
  const t = useTexts(playgroundTexts)
  const chat = useChat()
  const permissions = usePermissions()
  const { employeeId } = useSignedIn()
  const { group, person } = usePlace(place)
  const rights = groupRights(group?.role ?? null, permissions)
  const [about, setAbout] = useState<About | undefined>()
  const [isDropping, setDropping] = useState(false)
  const window = useMessageWindow(conversation.entries)
  const { isAtEnd, showEntry, toEnd } = window
  const actions = useMemo(
    () => ({
      reply: (message: About['message']) => setAbout({ kind: 'reply', message }),
      edit: (message: About['message']) => setAbout({ kind: 'edit', message }),
      showEntry,
    }),
    [showEntry],
  )
  const isVisible = useIsVisible()
  const { isLeft, key, unread } = conversation
  useEffect(() => {
    if (isVisible && isAtEnd && unread.length > 0) chat.read(key)
  }, [chat, isAtEnd, isVisible, key, unread])

  const written = conversation.entries.filter((entry) => entry.kind === 'message' && entry.from === employeeId).length
  const isAdmin = group?.role === 'owner' || group?.role === 'admin'
  const withFiles = (event: DragEvent): boolean => !isLeft && event.dataTransfer.types.includes('Files')
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files are attached by a button, too
    <div
      className={isDropping ? `${styles.conversation} ${styles.isDropping}` : styles.conversation}
      onDragOver={(event) => {
        if (!withFiles(event)) return
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        setDropping(false)
        if (!withFiles(event)) return
        event.preventDefault()
        for (const file of event.dataTransfer.files) chat.sendFile(place, file)
        toEnd()
      }}
    >
      <MessageList
        conversation={conversation}
        window={window}
        mayRecallAll={place.type === 'group' && rights.mayEdit}
        mayWrite={!isLeft}
        actions={actions}
      />
      <div className={styles.foot}>
        {!isAtEnd && <ToEndButton unread={unread.length} onClick={toEnd} />}
        <UnderWay conversation={conversation} mayStopAll={isAdmin || permissions.has('agent.manage')} />
        {person !== undefined && <PeerNotice person={person} written={written} />}
        {isLeft ? (
          <div className={styles.notice} style={{ paddingBottom: 16 }}>
            {t('left')}
          </div>
        ) : (
          <Composer place={place} about={about} onAboutDone={() => setAbout(undefined)} onSent={toEnd} />
        )}
      </div>
    </div>
  )
}

const subscribeVisibility = (listener: () => void): (() => void) => {
  document.addEventListener('visibilitychange', listener)
  return () => document.removeEventListener('visibilitychange', listener)
}
const useIsVisible = (): boolean =>
  useSyncExternalStore(subscribeVisibility, () => document.visibilityState === 'visible')
