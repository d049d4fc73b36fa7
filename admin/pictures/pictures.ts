import type { MChatClient } from '@mchat/sdk'
import type { Page } from 'playwright-core'

interface Picture {
  /** Of the file, before the language. */
  readonly name: string
  /** Below /console/; undefined: the page for signing in. */
  readonly path?: string
  /** What is to be seen on it that is not there by itself. */
  readonly prepare?: (page: Page, admin: MChatClient) => Promise<void>
  readonly settleMs?: number
}

const chat = async (_page: Page, admin: MChatClient): Promise<void> => {
  for (const content of ['早上好 Good morning!', '@demo-echo Are you there? 在吗？'])
    await admin.msg.sendGroup({ group_id: 'demo-everyone', content })
}

/** Every page of the console, in the order of docs/admin-guide.md. */
export const PICTURES: readonly Picture[] = [
  { name: 'sign-in' },
  { name: 'overview', path: 'overview', prepare: chat, settleMs: 7000 },
  { name: 'organisation', path: 'organisation' },
  { name: 'reporting-lines', path: 'organisation?tab=chart', settleMs: 2500 },
  { name: 'person', path: 'people/demo-emma' },
  { name: 'import', path: 'import' },
  { name: 'groups', path: 'groups' },
  { name: 'group', path: 'groups/demo-everyone' },
  { name: 'agents', path: 'agents' },
  { name: 'agent', path: 'agents/demo-story' },
  { name: 'permissions', path: 'permissions' },
  { name: 'audit', path: 'audit', settleMs: 2500 },
  { name: 'announcements', path: 'announcements' },
  { name: 'settings', path: 'settings', settleMs: 2500 },
  { name: 'account', path: 'account' },
  { name: 'playground', path: 'playground/group/demo-everyone', prepare: chat, settleMs: 4000 },
]
