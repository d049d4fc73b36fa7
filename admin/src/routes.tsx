import { createBrowserRouter, Navigate } from 'react-router'
import { usePermissions } from './connection/connection-context.tsx'
import { ConsoleLayout } from './layout/console-layout.tsx'
import { NotFoundPage } from './pages/not-found/not-found-page.tsx'
import { PageFailed } from './pages/not-found/page-failed.tsx'

/** Where somebody begins: whoever looks after the deployment with the overview, everybody else with the people. */
const Start = () => (
  <Navigate replace to={usePermissions().has('system.manage') ? '/console/overview' : '/console/organisation'} />
)

/** A page is fetched when it is first opened. */
export const router = createBrowserRouter([
  { path: '/', element: <Start /> },
  {
    path: '/console',
    element: <ConsoleLayout />,
    errorElement: <PageFailed />,
    children: [
      { index: true, element: <Start /> },
      {
        path: 'overview',
        lazy: async () => ({ Component: (await import('./pages/overview/overview-page.tsx')).OverviewPage }),
      },
      {
        path: 'organisation',
        lazy: async () => ({
          Component: (await import('./pages/organisation/organisation-page.tsx')).OrganisationPage,
        }),
      },
      {
        path: 'import',
        lazy: async () => ({ Component: (await import('./pages/import/import-page.tsx')).ImportPage }),
      },
      {
        path: 'people/:employeeId',
        lazy: async () => ({ Component: (await import('./pages/person/person-page.tsx')).PersonPage }),
      },
      {
        path: 'groups',
        lazy: async () => ({ Component: (await import('./pages/groups/groups-page.tsx')).GroupsPage }),
      },
      {
        path: 'groups/:groupId',
        lazy: async () => ({ Component: (await import('./pages/groups/group-page.tsx')).GroupPage }),
      },
      {
        path: 'agents',
        lazy: async () => ({ Component: (await import('./pages/agents/agents-page.tsx')).AgentsPage }),
      },
      {
        path: 'agents/:agentId',
        lazy: async () => ({ Component: (await import('./pages/agents/agent-page.tsx')).AgentPage }),
      },
      {
        path: 'permissions',
        lazy: async () => ({ Component: (await import('./pages/permissions/permissions-page.tsx')).PermissionsPage }),
      },
      {
        path: 'audit',
        lazy: async () => ({ Component: (await import('./pages/audit/audit-page.tsx')).AuditPage }),
      },
      {
        path: 'announcements',
        lazy: async () => ({
          Component: (await import('./pages/announcements/announcements-page.tsx')).AnnouncementsPage,
        }),
      },
      {
        path: 'settings',
        lazy: async () => ({ Component: (await import('./pages/settings/settings-page.tsx')).SettingsPage }),
      },
      {
        path: 'account',
        lazy: async () => ({ Component: (await import('./pages/account/account-page.tsx')).AccountPage }),
      },
      {
        // `private/{employee_id}` or `group/{group_id}`
        path: 'playground/:type?/:id?',
        lazy: async () => ({ Component: (await import('./pages/playground/playground-page.tsx')).PlaygroundPage }),
      },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
  { path: '*', element: <Start /> },
])
