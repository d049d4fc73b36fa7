import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { useClient } from '../../connection/connection-context.tsx'
import { type Chat, createChat } from './chat.ts'
import type { Conversation } from './conversation.ts'

const ChatContext = createContext<Chat | undefined>(undefined)

/** Hears what arrives from sign-in on. */
export const ChatProvider = ({ children }: { readonly children: ReactNode }) => {
  const client = useClient()
  const [chat] = useState(() => createChat(client))
  useEffect(() => chat.follow(), [chat])
  return <ChatContext value={chat}>{children}</ChatContext>
}

/** Only below `ChatProvider`. */
export const useChat = (): Chat => {
  const chat = useContext(ChatContext)
  if (chat === undefined) throw new Error('nobody listens here')
  return chat
}

export const useConversations = (): readonly Conversation[] => {
  const { conversations } = useChat()
  return useSyncExternalStore(conversations.subscribe, conversations.list)
}

export const useConversation = (key: string): Conversation | undefined => {
  const { conversations } = useChat()
  return useSyncExternalStore(conversations.subscribe, () => conversations.get(key))
}

/** Messages in all conversations that were not seen. */
export const useUnreadCount = (): number => {
  const { conversations } = useChat()
  return useSyncExternalStore(conversations.subscribe, () =>
    conversations.list().reduce((sum, { unread }) => sum + unread.length, 0),
  )
}
