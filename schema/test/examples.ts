import type { ActionName, InputOf, OutputOf } from '../src/index.ts'

const runCounts = {
  calls: 3,
  done: 2,
  failed: 1,
  timed_out: 0,
  cancelled: 0,
  first_answer_ms: { p50: 120, p95: 480 },
  end_ms: { p50: 900, p95: null },
  input_tokens: 12,
  output_tokens: 34,
}

export const MSG_ID = `msg_${'abcdefg234567'.repeat(3).slice(0, 29)}`
export const RUN_ID = 'run_0123456789abcdef0123456789'
const AGENT_REQUEST = {
  method: 'POST',
  url: 'https://agent.example.org/hook',
  headers: { 'webhook-id': RUN_ID, 'webhook-timestamp': '1795334400', 'webhook-signature': 'v1,AAAA' },
  body: '{}',
} as const
export const PROOF = 'Zm9vYmFyYmF6cXV4cXV1eA'
export const AT = '2025-01-02T03:04:05.678Z'

/** The same object as it travels without one of its fields. */
export const without = (value: object, field: string): object =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== field))

const mqttConnection = {
  broker_host: 'broker.example',
  broker_port: 8883,
  use_tls: true,
  ws_url: 'wss://broker.example/mqtt',
  client_id_scheme: '{employee_id}_{device_id}_{uuid}',
  mqtt_username: 'emp_1',
  mqtt_password: 'shown-once',
}
const FILE_KEY = 'mchat/private/emp_2/emp_3/0b6f2f6e-1c1d-4f5e-8a9b-0c1d2e3f4a5b'
const SIGNED = {
  url: 'https://files.example/mchat-files/x?X-Amz-Signature=0',
  headers: { 'content-type': 'image/png' },
}
const file = { key: FILE_KEY, size: 5, content_type: 'image/png', file_name: 'photo.png' }
const department = {
  department_id: 'dept_1',
  name: '研发部',
  parent_id: null,
  sort_order: 0,
  created_at: AT,
  updated_at: AT,
}
const employee = {
  employee_id: 'emp_1',
  name: '张伟',
  department_id: 'dept_1',
  manager_id: null,
  is_ai_agent: false,
  agent_profile: null,
  skills_badge: ['sql'],
  status: 'active' as const,
  roles: [{ role: 'hr' as const, department_id: 'dept_1' }],
  version: 3,
  created_at: AT,
  updated_at: AT,
}
const group = {
  group_id: 'grp_1',
  name: 'Release',
  description: null,
  avatar: null,
  creator_employee_id: 'emp_1',
  member_count: 2,
  created_at: AT,
  updated_at: AT,
}
const inPrivate = { conversation_type: 'private' as const, peer_employee_id: 'emp_2' }
const inGroup = { conversation_type: 'group' as const, group_id: 'grp_1' }

const auditRow = {
  seq: 7,
  at: AT,
  operator_employee_id: 'emp_1',
  client_id: 'emp_1_web_1',
  seq_id: 's1',
  action: 'group.dismiss',
  target: 'grp_1',
  params: { group_id: 'grp_1' },
  code: 0,
  reason: null,
  instance: 'host-1-2',
  hash: 'a'.repeat(64),
}

type Examples = { readonly [A in ActionName]?: { readonly input: InputOf<A>; readonly output: OutputOf<A> } }

/** One real request and answer for an action; the types say that they fit, the tests that the schemas agree. */
export const EXAMPLES: Examples = {
  'auth.bind': {
    input: { employee_id: 'emp_1', token: 'secret', device_info: 'Chrome on Linux' },
    output: {
      employee_id: 'emp_1',
      expires_at: AT,
      groups: [{ group_id: 'grp_1', name: 'Release', role: 'member' }],
      roles: [{ role: 'admin' }],
    },
  },
  'auth.logout': { input: {}, output: {} },
  'auth.challenge': {
    input: { for_action: 'group.dismiss', for_target: 'grp_1' },
    output: { challenge_id: 'chl_1', method: 'inbox', expires_at: AT, sent_to: ['emp_1_phone_1'] },
  },
  'auth.totp_enroll': { input: {}, output: { otpauth_url: 'otpauth://totp/MChat:emp_1?secret=ABC&issuer=MChat' } },
  'auth.totp_confirm': { input: { code: '123456' }, output: { recovery_codes: ['abcde-fghjk'] } },
  'auth.totp_renew_codes': {
    input: { challenge_id: 'chl_1', token: '123456' },
    output: { recovery_codes: ['abcde-fghjk'] },
  },
  'auth.totp_status': {
    input: { employee_id: 'emp_1' },
    output: { employee_id: 'emp_1', enrolled: true, enrolled_at: '2026-11-22T08:00:00.000Z', codes_left: 10 },
  },
  'auth.totp_remove': {
    input: { employee_id: 'emp_1', challenge_id: 'chl_1', token: '123456' },
    output: { employee_id: 'emp_1' },
  },
  'authz.explain': {
    input: { employee_id: 'emp_1', for_action: 'group.dismiss', fields: { group_id: 'grp_1' } },
    output: {
      employee_id: 'emp_1',
      for_action: 'group.dismiss',
      allowed: true,
      reason: null,
      rule: 'group_owner',
      who: 'The owner of the group, or `group.manage`',
      alternatives: [{ met: true, conditions: [{ condition: 'in_group', text: 'the caller is a member', met: true }] }],
      fields: [],
      granted_by: [{ role: 'admin' }],
      sensitive: true,
    },
  },
  'audit.list': {
    input: { from: AT, operator: 'emp_1', code: 0, limit: 10 },
    output: { rows: [auditRow], next_cursor: null },
  },
  'audit.export': {
    input: { format: 'csv', for_action: 'group.dismiss', target: 'grp_1', changes_only: true },
    output: {
      url: 'https://files.example/mchat-files/x?X-Amz-Signature=0',
      expires_at: AT,
      content_type: 'text/csv',
      file_name: 'audit.csv',
      rows: 1,
      next_cursor: null,
    },
  },
  'audit.verify': {
    input: { from_seq: 1 },
    output: {
      checked: 7,
      from_seq: 1,
      to_seq: 9,
      next_seq: null,
      heads: 1,
      problems: [{ problem: 'missing', seq: 3, to_seq: 4 }],
    },
  },
  'session.list': {
    input: { employee_id: 'emp_1' },
    output: {
      sessions: [
        {
          client_id: 'emp_1_phone_9f',
          employee_id: 'emp_1',
          device_info: null,
          connected_at: AT,
          last_seen_at: AT,
          expires_at: AT,
        },
      ],
    },
  },
  'session.revoke': { input: { client_id: 'emp_1_phone_9f' }, output: { client_id: 'emp_1_phone_9f' } },
  'device.list': {
    input: { employee_id: 'emp_1' },
    output: { devices: [{ client_id: 'emp_1_phone_9f', created_at: AT, expires_at: null, has_session: true }] },
  },
  'device.add': {
    input: { device_id: 'phone', employee_id: 'emp_1' },
    output: { employee_id: 'emp_1', mqtt_connection: mqttConnection },
  },
  'employee.create': {
    input: {
      name: 'Echo',
      is_ai_agent: true,
      agent_profile: { webhook_endpoint: 'https://agent.example/hook', trigger_keywords: ['echo'], qps_limit: 5 },
      skills_badge: ['echo'],
    },
    output: { employee_id: 'emp_2', name: 'Echo', created_at: AT, mqtt_connection: mqttConnection },
  },
  'employee.update': {
    input: { employee_id: 'emp_1', updates: { manager_id: null, roles: [{ role: 'auditor' }] }, if_version: 3 },
    output: employee,
  },
  'employee.get': { input: { employee_id: 'emp_1' }, output: employee },
  'employee.list': {
    input: { department_id: 'dept_1', query: '张', role: 'hr', is_ai_agent: false, status: 'active', limit: 200 },
    output: { employees: [employee], next_cursor: 'emp_1' },
  },
  'employee.import': {
    input: {
      rows: [
        {
          employee_id: 'emp_1',
          name: '张伟',
          department: 'Sales/North',
          manager_id: null,
          skills_badge: 'sql; charts',
        },
        {
          name: 'Ann',
          department_id: 'dept_1',
          skills_badge: ['sql'],
          roles: [{ role: 'hr', department_id: 'dept_1' }],
        },
      ],
      dry_run: false,
    },
    output: {
      dry_run: false,
      counts: { created: 1, updated: 0, unchanged: 0, error: 1 },
      mqtt_connection: {
        broker_host: 'broker.example',
        broker_port: 8883,
        use_tls: true,
        client_id_scheme: '{employee_id}_{device_id}_{uuid}',
      },
      rows: [
        {
          row: 0,
          outcome: 'error',
          employee_id: 'emp_1',
          errors: [{ field: 'department', rule: 'exists', message: 'There is no such one.' }],
        },
        {
          row: 1,
          outcome: 'created',
          employee_id: 'emp_2',
          errors: [],
          credential: { mqtt_username: 'emp_2', mqtt_password: 'shown-once' },
        },
      ],
    },
  },
  'employee.export': {
    input: { department_id: 'dept_1', include_disabled: true, fields: ['employee_id', 'name'] },
    output: { url: SIGNED.url, expires_at: AT, content_type: 'text/csv', file_name: 'employees.csv', rows: 1 },
  },
  'system.announce': {
    input: { title: 'Fire drill', body: 'At noon.', target_employee_ids: ['emp_1'], department_id: 'dept_1' },
    output: { notify_id: 'evt_1', created_at: AT, addressed: 2 },
  },
  'employee.delete': {
    input: { employee_id: 'emp_1' },
    output: { employee_id: 'emp_1', left_group_ids: ['grp_1'], report_ids: ['emp_3'] },
  },
  'employee.reset_credentials': {
    input: {},
    output: { employee_id: 'emp_1', mqtt_connection: { ...mqttConnection, secret_withheld: true } },
  },
  'department.create': { input: { name: '研发部', parent_id: null, sort_order: -1 }, output: department },
  'department.update': { input: { department_id: 'dept_1', parent_id: 'dept_2' }, output: department },
  'department.delete': { input: { department_id: 'dept_1' }, output: { department_id: 'dept_1' } },
  'department.get': { input: { department_id: 'dept_1' }, output: department },
  'department.list': { input: { parent_id: null }, output: { departments: [department], next_cursor: null } },
  'org.tree': {
    input: { if_version: 7 },
    output: { version: 7, unchanged: true },
  },
  'group.create': {
    input: { name: 'Release', member_ids: ['emp_2'], opts: { description: 'Ships on Friday', avatar: 'avatars/1' } },
    output: { group_id: 'grp_1', name: 'Release', member_ids: ['emp_1', 'emp_2'], created_at: AT },
  },
  'group.update': { input: { group_id: 'grp_1', description: null }, output: group },
  'group.get': { input: { group_id: 'grp_1' }, output: { ...group, role: 'owner' } },
  'group.list': {
    input: { all: true, member_id: 'emp_1', cursor: 'grp_0' },
    output: { groups: [{ ...group, role: null, member_role: 'owner' }], next_cursor: null },
  },
  'group.member_list': {
    input: { group_id: 'grp_1', limit: 1 },
    output: {
      members: [{ employee_id: 'emp_1', name: '张伟', is_ai_agent: false, role: 'owner', joined_at: AT }],
      next_cursor: 'emp_1',
    },
  },
  'group.member_add': {
    input: { group_id: 'grp_1', member_ids: ['emp_3'] },
    output: { group_id: 'grp_1', added_ids: ['emp_3'], current_member_count: 3 },
  },
  'group.member_remove': {
    input: { group_id: 'grp_1', member_ids: ['emp_3'] },
    output: { group_id: 'grp_1', removed_ids: ['emp_3'], current_member_count: 2 },
  },
  'group.leave': { input: { group_id: 'grp_1' }, output: { group_id: 'grp_1' } },
  'group.set_role': {
    input: { group_id: 'grp_1', employee_id: 'emp_2', role: 'admin' },
    output: { group_id: 'grp_1', employee_id: 'emp_2', role: 'admin' },
  },
  'group.transfer': {
    input: { group_id: 'grp_1', employee_id: 'emp_2' },
    output: { group_id: 'grp_1', owner_id: 'emp_2', previous_owner_id: 'emp_1' },
  },
  'group.dismiss': { input: { group_id: 'grp_1' }, output: { group_id: 'grp_1', dismissed_at: AT } },
  'msg.send_private': {
    input: { to_employee_id: 'emp_2', content: '你好', n: 1, agent_wait: false },
    output: { msg_id: MSG_ID, to_employee_id: 'emp_2', sent_at: AT, proof: PROOF },
  },
  'msg.send_group': {
    input: {
      group_id: 'grp_1',
      content: { type: 'markdown', body: { text: '**done**' } },
      quote_msg_id: MSG_ID,
      mentions: ['*'],
      context_messages: [{ msg_id: MSG_ID }],
    },
    output: { msg_id: MSG_ID, group_id: 'grp_1', sent_at: AT, proof: PROOF },
  },
  'msg.verify': {
    input: { messages: [{ msg_id: MSG_ID }], attest: true },
    output: { results: [{ msg_id: MSG_ID, genuine: false, reason: 'not_genuine' }], attestation: 'a.b.c' },
  },
  'msg.read_ack': { input: { msg_ids: [MSG_ID], ...inGroup, writer_employee_id: 'emp_2' }, output: { read_at: AT } },
  'msg.recall': { input: { msg_id: MSG_ID, ...inPrivate }, output: { msg_id: MSG_ID, recalled_at: AT } },
  'msg.edit': {
    input: { msg_id: MSG_ID, ...inPrivate, content: 'better' },
    output: { msg_id: MSG_ID, edited_at: AT, proof: PROOF },
  },
  'msg.react': { input: { msg_id: MSG_ID, ...inGroup, emoji: '👍🏽', remove: true }, output: { msg_id: MSG_ID } },
  'msg.typing': { input: inPrivate, output: {} },
  'sync.relay': {
    input: { kind: 'history.request', payload: { since: AT }, to_client_id: 'emp_1_laptop_1a' },
    output: { sync_id: 'sync_1', sent_at: AT },
  },
  'agent.set_secret': {
    input: { employee_id: 'emp_2', kind: 'webhook', overlap_minutes: 60 },
    output: { employee_id: 'emp_2', secret: 'whsec_c2hvd24tb25jZQ==', former_ends_at: AT },
  },
  'agent.cancel': { input: { run_id: RUN_ID }, output: { run_id: RUN_ID, state: 'cancelled' } },
  'agent.resume': {
    input: { employee_id: 'emp_2', group_id: 'grp_1' },
    output: { employee_id: 'emp_2', was_silent: true },
  },
  'agent.runs': {
    input: { employee_id: 'emp_2', state: 'failed', limit: 10 },
    output: {
      runs: [
        {
          run_id: RUN_ID,
          employee_id: 'emp_2',
          asker_id: 'emp_1',
          group_id: null,
          in_reply_to: MSG_ID,
          hops: 0,
          state: 'failed',
          reason: 'unreachable',
          created_at: AT,
          started_at: AT,
          first_answer_at: null,
          ended_at: AT,
          input_tokens: null,
          output_tokens: null,
        },
      ],
      next_cursor: null,
    },
  },
  'agent.stats': {
    input: { employee_id: 'emp_2', from: '2026-11-16', to: '2026-11-22' },
    output: {
      employee_id: 'emp_2',
      enabled: true,
      from: '2026-11-16',
      to: '2026-11-22',
      days: [{ day: '2026-11-22', ...runCounts }],
      total: runCounts,
      content_filter: { active: true, people: false },
    },
  },
  'agent.test': {
    input: { employee_id: 'emp_2', content: 'ping', live: true },
    output: {
      ok: true,
      request: AGENT_REQUEST,
      ms: 120,
      first_answer_ms: 80,
      messages: ['echo: ping'],
      usage: { input_tokens: 3, output_tokens: 5 },
    },
  },
  'agent.disable': { input: { employee_id: 'emp_2' }, output: { employee_id: 'emp_2', enabled: false } },
  'agent.enable': { input: { employee_id: 'emp_2' }, output: { employee_id: 'emp_2', enabled: true } },
  'agent.reply': {
    input: {
      run_id: RUN_ID,
      content: 'done',
      mentions: ['emp_1'],
      messages: [{ content: 'and more', mentions: ['emp_1'] }],
      next_agent: 'emp_3',
      handoff: { to: 'emp_4', reason: 'a person is asked for' },
      silent: false,
      usage: { input_tokens: 12, output_tokens: 34 },
    },
    output: { run_id: RUN_ID },
  },
  'agent.delta': { input: { run_id: RUN_ID, delta: 'do', offset: 0 }, output: {} },
  'agent.status': {
    input: { run_id: RUN_ID, state: 'failed', reason: 'the model is away' },
    output: { run_id: RUN_ID },
  },
  'agent.capability_list': {
    input: { skill: 'echo' },
    output: {
      skill: 'echo',
      agent_ids: ['emp_2'],
      agent_profiles: [
        { employee_id: 'emp_2', name: 'Echo', model_type: null, capabilities: ['echo'], skills_badge: ['echo'] },
      ],
    },
  },
  'file.upload_url': {
    input: { file_name: 'photo.png', content_type: 'image/png', size: 5, sha256: 'a'.repeat(64), group_id: 'grp_1' },
    output: { key: FILE_KEY, ...SIGNED, method: 'PUT', expires_at: AT },
  },
  'file.part_urls': {
    input: { key: FILE_KEY, upload_id: 'WyJt.abc', parts: [{ part_number: 1, sha256: 'a'.repeat(64) }] },
    output: { parts: [{ part_number: 1, size: 16_777_216, ...SIGNED, method: 'PUT' }], expires_at: AT },
  },
  'file.upload_status': {
    input: { key: FILE_KEY, upload_id: 'WyJt.abc' },
    output: { size: 20_000_000, part_size: 16_777_216, part_count: 2, uploaded_parts: [2] },
  },
  'file.complete': { input: { key: FILE_KEY, upload_id: 'WyJt.abc' }, output: file },
  'file.download_url': {
    input: { key: FILE_KEY },
    output: { ...file, ...SIGNED, method: 'GET', expires_at: AT },
  },
  'file.delete': { input: { key: FILE_KEY, upload_id: 'WyJt.abc' }, output: { key: FILE_KEY } },
  'config.storage': {
    input: {},
    output: {
      endpoint: 'https://files.example',
      bucket: 'mchat-files',
      region: 'us-east-1',
      path_style: true,
      key_prefix: 'mchat/incoming/employee/emp_1/',
      final_prefix: 'mchat/employee/emp_1/',
      content_types: ['image/png'],
      max_bytes: 104_857_600,
      post: { url: 'https://files.example/mchat-files', fields: { Policy: 'e30=' } },
      credentials: { access_key_id: 'AKID', secret_access_key: 'secret', session_token: 'token' },
      expires_at: AT,
    },
  },
  'stats.overview': {
    input: { resolution: 'hour', from: '2026-11-22T08:00:00Z', to: '2026-11-22T08:59:59.999Z' },
    output: {
      now: {
        at: AT,
        online: { people: 41, agents: 1, by: 'connections' },
        people: 120,
        agents: 3,
        groups: 17,
        keys_since: '2026-01-02T03:04:05.678Z',
        gateways: [
          {
            instance: 'host-1-0a1b2c3d',
            version: '0.1.0',
            state: 'not_ready',
            problems: ['The database does not answer.'],
            started_at: AT,
            reported_at: AT,
            connections: null,
            agent_runs: 2,
          },
        ],
      },
      resolution: 'hour',
      from: AT,
      to: AT,
      series: [
        {
          at: AT,
          messages: 9,
          group_messages: 7,
          agent_messages: 2,
          agent_calls: 2,
          agent_failures: 1,
          requests: 31,
          errors: 1,
          p50_ms: 0.42,
          p95_ms: null,
        },
      ],
      latency: {
        messages: { count: 9, p50_ms: 0.42, p95_ms: 1.91, p99_ms: 3.29 },
        requests: { count: 22, p50_ms: 1.1, p95_ms: 4.58, p99_ms: 7.82 },
        agent_first_answer: { count: 1, p50_ms: 550, p95_ms: 550, p99_ms: 550 },
        agent_answer: { count: 0, p50_ms: null, p95_ms: null, p99_ms: null },
      },
      errors: [{ key: 'not_group_member', count: 1 }],
      agent_errors: [{ key: 'timeout', count: 1 }],
      top_groups: [{ group_id: 'grp_1', name: '发布', messages: 7 }],
      attention: [
        { kind: 'gateway_lost', id: 'host-2-4e5f6a7b', since: AT },
        { kind: 'people_without_manager', count: 3 },
      ],
    },
  },
  'config.server': {
    input: {},
    output: {
      version: '0.1.0',
      contract: 1,
      service_id: null,
      language: 'zh-CN',
      group_delivery: 'topic',
      actions: ['auth.bind'],
      limits: { groupMembers: 5000 },
      server_time: AT,
    },
  },
}

const message = {
  msg_id: MSG_ID,
  type: 'group',
  from_employee_id: 'emp_1',
  group_id: 'grp_1',
  content: { type: 'card', body: { any: ['thing'] } },
  sent_at: AT,
  proof: PROOF,
}
const about = { event_id: 'evt_1', msg_id: MSG_ID, from_employee_id: 'emp_1', to_employee_id: 'emp_2', sent_at: AT }
const recall = { type: 'recall', ...about }

/** What is pushed, by the name of the event. */
export const EVENT_EXAMPLES: Readonly<Record<string, object>> = {
  Message: message,
  ReadAck: { type: 'read_ack', ...about, msg_ids: [MSG_ID], ...inPrivate, read_at: AT },
  Recall: recall,
  Edit: { type: 'edit', ...about, content: 'better', proof: PROOF },
  Reaction: { type: 'reaction', ...about, emoji: '👍', removed: false },
  AgentStatus: {
    type: 'agent_status',
    event_id: 'evt_1',
    run_id: RUN_ID,
    from_employee_id: 'emp_2',
    to_employee_id: 'emp_1',
    in_reply_to: MSG_ID,
    state: 'timed_out',
    reason: 'timeout',
    sent_at: AT,
  },
  AgentDelta: {
    type: 'agent_delta',
    run_id: RUN_ID,
    msg_id: MSG_ID,
    from_employee_id: 'emp_2',
    group_id: 'grp_1',
    in_reply_to: MSG_ID,
    offset: 12,
    delta: 'and',
    sent_at: AT,
  },
  Changes: {
    type: 'changes',
    changes: [
      { noun: 'employee', action: 'employee.update', target_id: 'emp_2', operator_id: 'emp_1', at: AT },
      { noun: 'session', action: 'session.expired', target_id: 'emp_2_phone_1', operator_id: null, at: AT },
      { noun: 'run', run_id: RUN_ID, agent_id: 'emp_2', state: 'failed', reason: 'timeout', at: AT },
      {
        noun: 'audit',
        row: {
          seq: 7,
          at: AT,
          operator_employee_id: 'emp_1',
          client_id: 'emp_1_phone_1',
          seq_id: 's1',
          action: 'employee.update',
          target: 'emp_2',
          code: 0,
          reason: null,
          instance: 'gateway-1',
          hash: 'a'.repeat(64),
        },
      },
    ],
    dropped: 3,
    sent_at: AT,
  },
  Typing: { type: 'typing', from_employee_id: 'emp_1', group_id: 'grp_1', sent_at: AT },
  SystemMessage: {
    type: 'system',
    event_id: 'evt_2',
    action: 'member_added',
    group_id: 'grp_1',
    name: 'Release',
    inviter_id: 'emp_1',
    sent_at: AT,
  },
  AgentRun: {
    type: 'agent_run',
    run_id: RUN_ID,
    agent: { employee_id: 'emp_2', name: 'Echo' },
    message: { msg_id: MSG_ID, content: 'hello', sent_at: AT, proof: PROOF },
    sender: {
      employee_id: 'emp_1',
      name: '张伟',
      is_ai_agent: false,
      department: { department_id: 'dept_1', name: '研发部' },
      manager_id: null,
      roles: ['member'],
    },
    conversation: { type: 'private' },
    context_messages: [{ verified: true, ...message }],
    hops: 0,
    deadline: AT,
  },
  SyncSent: { type: 'sent', from_client_id: 'emp_1_phone_9f', message },
  SyncEvent: { type: 'event', from_client_id: 'emp_1_phone_9f', event: recall },
  SyncRelay: {
    type: 'relay',
    sync_id: 'sync_1',
    from_client_id: 'emp_1_phone_9f',
    kind: 'history',
    payload: null,
    sent_at: AT,
  },
  Status: { status: 'online', updated_at: AT, device: 'phone' },
  ProfileEvent: { employee_id: 'emp_1', event: 'updated', fields: ['name'], profile: employee, updated_at: AT },
  SystemNotify: { notify_id: 'ntf_1', type: 'announcement', body: 'Maintenance at noon', created_at: AT },
  OrgTreeChanged: { version: 7, updated_at: AT },
  AgentTest: {
    type: 'agent_test',
    seq_id: 's1',
    run_id: RUN_ID,
    request: AGENT_REQUEST,
    offset: 0,
    delta: 'echo',
    sent_at: AT,
  },
  ChallengeCode: {
    type: 'challenge',
    challenge_id: 'chl_1',
    code: '01234567',
    for_action: 'group.dismiss',
    for_target: 'grp_1',
    requested_by: 'emp_1_web_1',
    expires_at: AT,
  },
  AuditHead: { day: '2025-01-02', seq: 7, hash: 'a'.repeat(64), signature: 'e30.e30.c2ln', updated_at: AT },
  CapabilityChanged: { skill: 'echo', agent_ids: ['emp_2'], updated_at: AT },
}
