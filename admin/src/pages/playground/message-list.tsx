import { ArrowDownOutlined } from '@ant-design/icons'
import { Badge, Button } from 'antd'
import { Fragment, type ReactNode } from 'react'
import { useTexts } from '../../language/language.ts'
import styles from './chat.module.css'
import { useChat } from './chat-context.tsx'
import { byMsgId, type ChatMessage, type Conversation, type Entry, findMessage, type Notice } from './conversation.ts'
import { MessageRow, type RowActions } from './message-row.tsx'
import { useNewsText } from './news-text.ts'
import { playgroundTexts } from './texts.ts'
import { isSameDay, useDay } from './times.ts'
import type { MessageWindow } from './use-message-window.ts'

interface MessageListProps {
  readonly conversation: Conversation
  readonly window: MessageWindow
  readonly mayRecallAll: boolean
  readonly mayWrite: boolean
  readonly actions: RowActions
}

export const MessageList = ({ actions, conversation, mayRecallAll, mayWrite, window }: MessageListProps) => {
  const t = useTexts(playgroundTexts)
  const { me } = useChat()
  const day = useDay()
  const { entries, place } = conversation
  const { content, onScroll, scroller, shown, showsFirst } = window
  const lastOwnNo = findMessage(conversation, ({ from }) => from === me)?.no
  const row = (entry: Entry, before: Entry | undefined): ReactNode => {
    if (entry.kind === 'notice') return <NoticeRow notice={entry} />
    const { quoteMsgId } = entry
    return (
      <MessageRow
        message={entry}
        place={place}
        isFirst={!belongTogether(before, entry)}
        isLastOwn={entry.no === lastOwnNo}
        quoted={quoteMsgId === undefined ? undefined : findMessage(conversation, byMsgId(quoteMsgId))}
        mayRecallAll={mayRecallAll}
        mayWrite={mayWrite}
        actions={actions}
      />
    )
  }
  return (
    <div
      ref={scroller}
      className={styles.messages}
      onScroll={onScroll}
      role="log"
      aria-label={t('messages')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1)
      tabIndex={0}
    >
      <div ref={content}>
        {showsFirst && (
          <div className={styles.beginning}>
            <strong>{t('nothingBefore')}</strong>
            <br />
            {t('nothingBeforeAbout')}
          </div>
        )}
        {shown.map((entry, index) => {
          const before = shown[index - 1]
          const isNewDay = before === undefined || !isSameDay(before.at, entry.at)
          return (
            <Fragment key={entry.no}>
              {isNewDay && <div className={styles.notice}>{day(entry.at)}</div>}
              {row(entry, isNewDay ? undefined : before)}
            </Fragment>
          )
        })}
        {entries.length === 0 && <div style={{ height: 1 }} />}
      </div>
    </div>
  )
}

/** Somebody who goes on within this time is not named again. */
const TOGETHER_MS = 5 * 60_000

const belongTogether = (before: Entry | undefined, message: ChatMessage): boolean =>
  before?.kind === 'message' &&
  before.from === message.from &&
  before.recalledBy === undefined &&
  Date.parse(message.at) - Date.parse(before.at) < TOGETHER_MS

const NoticeRow = ({ notice }: { readonly notice: Notice }) => {
  const text = useNewsText(notice.news)
  return (
    <div className={styles.notice} data-no={notice.no} role="note">
      {text}
    </div>
  )
}

interface ToEndButtonProps {
  readonly unread: number
  readonly onClick: () => void
}

export const ToEndButton = ({ onClick, unread }: ToEndButtonProps) => {
  const t = useTexts(playgroundTexts)
  return (
    <div className={styles.newer}>
      {unread > 0 ? (
        <Badge count={unread}>
          <Button type="primary" shape="round" icon={<ArrowDownOutlined aria-hidden />} onClick={onClick}>
            {t('newMessages')}
          </Button>
        </Badge>
      ) : (
        <Button shape="circle" icon={<ArrowDownOutlined aria-hidden />} aria-label={t('toEnd')} onClick={onClick} />
      )}
    </div>
  )
}
