import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Device } from '../kit/device.ts'
import type { TestGateway } from '../kit/gateway.ts'

/** What would run, be fetched or be marked as `evil` in the page if it were taken for more than a text; 64 characters at most. */
export const PAYLOADS: readonly string[] = [
  '<script class=evil>alert(1)</script>',
  '<img class=evil src=x onerror=alert(1)>',
  '"><svg class=evil onload=alert(1)>',
  "'><details class=evil open ontoggle=alert(1)>",
  '</title></style></textarea><b class=evil>',
  '<iframe class=evil src="javascript:alert(1)"></iframe>',
  '<a class=evil href="javascript:alert(1)">open</a>',
  '<base class=evil href=//evil.example>',
  '<meta class=evil http-equiv=refresh content="0;//evil.example">',
  '<link class=evil rel=stylesheet href=//evil.example>',
  '<input class=evil autofocus onfocus=alert(1)>',
  '<object class=evil data=//evil.example></object>',
  '<math><mi class=evil xlink:href="javascript:alert(1)">',
  '<!--<img src="--><img class=evil src=x onerror=alert(1)//">',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '[open](javascript:alert(1)) ![](//evil.example/x)',
  "{{constructor.constructor('alert(1)')()}} $t(sign-in:title)",
  '&lt;img class=evil src=x onerror=alert(1)&gt;',
  '\u202eevil\u202c\u200b=\ufeffcmd|calc',
]

export interface HostileOrganisation {
  readonly personId: string
  readonly agentId: string
  readonly groupId: string
  readonly departmentId: string
  /** Says everything that can be said to somebody, and announces it to everybody. */
  readonly speakTo: (employeeId: string) => Promise<void>
}

/** Every text that somebody can set, to all of them, on a gateway of its own. */
export const fillOrganisation = async (gateway: TestGateway): Promise<HostileOrganisation> => {
  const office = await gateway.office
  const [first = ''] = PAYLOADS
  const all = PAYLOADS.join('\n')
  let departmentId: string | undefined
  for (const name of PAYLOADS.slice(0, 6)) {
    const parent = departmentId === undefined ? {} : { parent_id: departmentId }
    departmentId = (await office.call('department.create', { name, ...parent })).department_id
  }
  const department_id = departmentId ?? ''
  const people: string[] = []
  for (const name of PAYLOADS) {
    const manager = people[0] === undefined ? {} : { manager_id: people[0] }
    const hired = await office.call('employee.create', { name, department_id, skills_badge: [name], ...manager })
    people.push(hired.employee_id)
  }
  const { employee_id: agentId } = await office.call('employee.create', {
    name: first,
    is_ai_agent: true,
    department_id,
    skills_badge: [...PAYLOADS],
    agent_profile: {
      connector: 'webhook',
      webhook_endpoint: 'https://evil.example/"><script>alert(1)</script>',
      model_type: first,
      capabilities: [...PAYLOADS],
      trigger_keywords: [...PAYLOADS],
      system_prompt: all,
    },
  })
  const opts = { description: all, avatar: 'javascript:alert(1)' }
  const groups: string[] = []
  for (const name of PAYLOADS.slice(6)) {
    const { group_id } = await office.call('group.create', { name, member_ids: [...people.slice(0, 3), agentId], opts })
    groups.push(group_id)
  }
  const speaker = await gateway.hire({ name: first })
  const device = await speaker.connect()
  await device.call('auth.bind', { employee_id: speaker.id, device_info: all.slice(0, 256) })
  await office.call('auth.bind', { employee_id: gateway.admin.id, device_info: all.slice(0, 256) })
  return {
    personId: people[0] ?? '',
    agentId,
    groupId: groups[0] ?? '',
    departmentId: department_id,
    speakTo: (employeeId) => speak(office, device, employeeId),
  }
}

const speak = async (office: Device, device: Device, to_employee_id: string): Promise<void> => {
  const say = (content: object) =>
    device.call('msg.send_private', { to_employee_id, content: content as { type: string; body: unknown } })
  const url = 'javascript:alert(1)'
  await say({ type: 'text', body: { text: PAYLOADS.join('\n') } })
  await say({ type: 'markdown', body: { text: PAYLOADS.join('\n\n') } })
  await say({ type: 'html', body: '<img class=evil src=x onerror=alert(1)>' })
  await say({ type: 'image', body: { url } })
  await say({ type: 'image', body: { url: 'https://evil.example/x.png' } })
  await say({ type: 'file', body: { url, name: '"><img class=evil src=x onerror=alert(1)>.html', size: 1 } })
  for (const title of PAYLOADS) await office.call('system.announce', { title, body: PAYLOADS.join('\n') })
}

/** The addresses of the console's pages, as the routes have them, with ids of this organisation. */
export const pagesOf = async (organisation: HostileOrganisation): Promise<readonly string[]> => {
  const routes = await readFile(join(import.meta.dirname, '../../admin/src/routes.tsx'), 'utf8')
  const paths = [...routes.matchAll(/\bpath: '([^'/*][^'*]*)'/g)].map(([, path]) => path ?? '')
  return paths.map((path) =>
    path.replaceAll(/:(\w+)\??/g, (_all, name: string) => {
      const ids: Readonly<Record<string, string>> = {
        employeeId: organisation.personId,
        agentId: organisation.agentId,
        type: 'private',
        id: organisation.personId,
        groupId: organisation.groupId,
        departmentId: organisation.departmentId,
      }
      const id = ids[name]
      if (id === undefined) throw new Error(`Nothing here stands for :${name} of ${path}.`)
      return id
    }),
  )
}
