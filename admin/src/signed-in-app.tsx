import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { followMoves } from './calls/moves.ts'
import type { SignedIn } from './connection/connection.ts'
import { SignedInProvider, secondFactor } from './connection/connection-context.tsx'
import { SecondFactorDialog } from './connection/second-factor-dialog.tsx'
import { AnnouncementNotices } from './layout/announcement-notices.tsx'
import { ChatProvider } from './pages/playground/chat-context.tsx'

const createQueries = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      // The SDK repeats what can be repeated, and fetches nothing without a connection by itself.
      queries: { retry: false, networkMode: 'always', staleTime: 10_000, refetchOnWindowFocus: false },
      mutations: { retry: false, networkMode: 'always' },
    },
  })

/** What is asked and shown for one person who is signed in. */
export const SignedInApp = ({ children, state }: { readonly children: ReactNode; readonly state: SignedIn }) => {
  const [queries] = useState(createQueries)
  const { client } = state
  useEffect(() => followMoves(client, queries), [client, queries])
  useEffect(() => secondFactor.giveUpAll, [])
  return (
    <SignedInProvider state={state}>
      <QueryClientProvider client={queries}>
        <ChatProvider>{children}</ChatProvider>
        <SecondFactorDialog />
        <AnnouncementNotices />
      </QueryClientProvider>
    </SignedInProvider>
  )
}
