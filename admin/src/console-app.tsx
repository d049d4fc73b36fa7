import { RouterProvider } from 'react-router/dom'
import { useConnectionState } from './connection/connection-context.tsx'
import { Restoring } from './layout/restoring.tsx'
import { SignInPage } from './pages/sign-in/sign-in-page.tsx'
import { router } from './routes.tsx'
import { SignedInApp } from './signed-in-app.tsx'
import { Theme } from './theme/theme.tsx'

export const ConsoleApp = () => {
  const state = useConnectionState()
  return (
    <Theme>
      {state.phase === 'signed_out' && <SignInPage ended={state.ended} />}
      {state.phase === 'restoring' && <Restoring isLate={state.isLate === true} />}
      {state.phase === 'signed_in' && (
        // Nothing of one person is left for the next.
        <SignedInApp key={state.employeeId} state={state}>
          <RouterProvider router={router} />
        </SignedInApp>
      )}
    </Theme>
  )
}
