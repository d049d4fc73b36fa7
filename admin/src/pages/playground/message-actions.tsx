import { EllipsisOutlined, SmileOutlined } from '@ant-design/icons'
import { LIMITS } from '@mchat/schema/limits'
import { Button, Dropdown, Flex, Input, Popover, Space } from 'antd'
import { useState } from 'react'
import { useAttempt } from '../../components/use-attempt.ts'
import { useTexts } from '../../language/language.ts'
import styles from './chat.module.css'
import { useChat } from './chat-context.tsx'
import { readContent } from './content.ts'
import type { ChatMessage, Place } from './conversation.ts'
import type { RowActions } from './message-row.tsx'
import { playgroundTexts } from './texts.ts'

interface MessageActionsProps {
  readonly message: ChatMessage
  readonly place: Place
  readonly mayEdit: boolean
  readonly mayRecall: boolean
  readonly actions: RowActions
}

export const MessageActions = ({ actions, mayEdit, mayRecall, message, place }: MessageActionsProps) => {
  const t = useTexts(playgroundTexts)
  const chat = useChat()
  const attempt = useAttempt()
  const [isReacting, setReacting] = useState(false)
  const shown = readContent(message.content)
  const items = [
    { key: 'reply', label: t('reply'), onClick: () => actions.reply(message) },
    // Over plain HTTP a browser lends its clipboard to nobody.
    ...(shown.kind === 'text' && window.isSecureContext
      ? [
          {
            key: 'copy',
            label: t('copy'),
            onClick: () => void attempt(() => navigator.clipboard.writeText(shown.text), t('copied')),
          },
        ]
      : []),
    ...(mayEdit ? [{ key: 'edit', label: t('edit'), onClick: () => actions.edit(message) }] : []),
    ...(mayRecall
      ? [
          {
            key: 'recall',
            label: t('recall'),
            danger: true,
            onClick: () => void attempt(() => chat.recall(place, message)),
          },
        ]
      : []),
  ]
  return (
    <>
      <Popover
        open={isReacting}
        onOpenChange={setReacting}
        trigger="click"
        destroyOnHidden
        content={
          <EmojiChoice
            onClose={() => setReacting(false)}
            onChosen={(emoji) => {
              setReacting(false)
              void attempt(() => chat.react(place, message, emoji, false))
            }}
          />
        }
      >
        <Button
          type="text"
          size="small"
          className={styles.more}
          icon={<SmileOutlined aria-hidden />}
          aria-label={t('addReaction')}
          aria-expanded={isReacting}
        />
      </Popover>
      <Dropdown menu={{ items }} trigger={['click']} autoFocus>
        <Button
          type="text"
          size="small"
          className={styles.more}
          icon={<EllipsisOutlined aria-hidden />}
          aria-label={t('more')}
        />
      </Dropdown>
    </>
  )
}

const EMOJI = ['👍', '❤️', '😂', '🎉', '👀', '🙏'] as const

interface EmojiChoiceProps {
  readonly onChosen: (emoji: string) => void
  readonly onClose: () => void
}

const EmojiChoice = ({ onChosen, onClose }: EmojiChoiceProps) => {
  const t = useTexts(playgroundTexts)
  const [other, setOther] = useState('')
  const choose = (): void => {
    if (other.trim() !== '') onChosen(other.trim())
  }
  return (
    <Flex vertical gap={8} onKeyDown={({ key }) => key === 'Escape' && onClose()}>
      <Flex gap={2}>
        {EMOJI.map((emoji, index) => (
          <Button
            key={emoji}
            type="text"
            autoFocus={index === 0}
            aria-label={t('react', { emoji })}
            onClick={() => onChosen(emoji)}
          >
            {emoji}
          </Button>
        ))}
      </Flex>
      <Space.Compact>
        <Input
          value={other}
          maxLength={LIMITS.reactionChars}
          onChange={({ target }) => setOther(target.value)}
          onPressEnter={choose}
          placeholder={t('otherEmoji')}
          aria-label={t('otherEmoji')}
        />
        <Button onClick={choose}>{t('add')}</Button>
      </Space.Compact>
    </Flex>
  )
}
