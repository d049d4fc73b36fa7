import { RouterProvider } from 'react-router/dom'
import { Waiting } from './components/page-states.tsx'
import { useConnectionState } from './connection/connection-context.tsx'
import { SignInPage } from './pages/sign-in/sign-in-page.tsx'
import { router } from './routes.tsx'
import { SignedInApp } from './signed-in-app.tsx'
import { Theme } from './theme/theme.tsx'

export const ConsoleApp = () => {
  const state = useConnectionState()
  return (
    <Theme>
      {state.phase === 'signed_out' && <SignInPage ended={state.ended} />}
      {state.phase === 'restoring' && <Waiting fullPage />}
      {state.phase === 'signed_in' && (
        // Nothing of one person is left for the next.
        <SignedInApp key={state.employeeId} state={state}>
          <RouterProvider router={router} />
        </SignedInApp>
      )}
    </Theme>
  )
}
