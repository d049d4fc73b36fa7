import { Button, Flex } from 'antd'
import { useAttempt } from '../../components/use-attempt.ts'
import { useTexts } from '../../language/language.ts'
import { useChat } from './chat-context.tsx'
import type { ChatMessage, Place } from './conversation.ts'
import { playgroundTexts } from './texts.ts'

interface MessageReactionsProps {
  readonly message: ChatMessage
  readonly place: Place
  readonly mayReact: boolean
}

export const MessageReactions = ({ mayReact, message, place }: MessageReactionsProps) => {
  const t = useTexts(playgroundTexts)
  const chat = useChat()
  const attempt = useAttempt()
  if (message.reactions.length === 0) return null
  return (
    <Flex gap={4} wrap style={{ marginTop: 4 }}>
      {message.reactions.map(({ by, emoji }) => {
        const isOwn = by.includes(chat.me)
        return (
          <Button
            key={emoji}
            size="small"
            shape="round"
            type={isOwn ? 'primary' : 'default'}
            ghost={isOwn}
            disabled={!mayReact}
            aria-pressed={isOwn}
            aria-label={t('reaction', { emoji, count: by.length })}
            onClick={() => void attempt(() => chat.react(place, message, emoji, isOwn))}
          >
            <span style={{ maxWidth: 120, overflow: 'hidden', textOverflow: 'ellipsis' }}>{emoji}</span> {by.length}
          </Button>
        )
      })}
    </Flex>
  )
}
