import { expect, test } from 'vitest'
import { toDatabaseError } from '#src/db/database-error.ts'
import { employees } from '#src/db/repositories/employees.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { found, hire, hireAll, LATER, LATER_TEXT, NOW, NOW_TEXT } from './people.ts'

const kindOf = (attempt: Promise<unknown>) => attempt.then(() => 'done', toDatabaseError)
const ids = (list: { employee_id: string }[]) => list.map((employee) => employee.employee_id)

onEveryDatabase('employees', (kind) => {
  const shared = sharedDatabase(kind)

  test('a new employee is found as the wire shows it', async () => {
    const db = shared.current.kysely
    await found(db, 'sales')
    await hire(db, 'boss')
    const inserted = await employees.insert(db, {
      employee_id: 'bot',
      name: '小助手 "quoted" \\ 🤖',
      department_id: 'sales',
      manager_id: 'boss',
      is_ai_agent: true,
      agent_profile: { capabilities: ['翻译', 'a"b'], qps_limit: 0.5, response_timeout: 30 },
      skills_badge: ['x', 'y'],
      now: NOW,
    })
    expect(inserted).toEqual({
      employee_id: 'bot',
      name: '小助手 "quoted" \\ 🤖',
      department_id: 'sales',
      manager_id: 'boss',
      is_ai_agent: true,
      agent_profile: { capabilities: ['翻译', 'a"b'], qps_limit: 0.5, response_timeout: 30 },
      skills_badge: ['x', 'y'],
      status: 'active',
      roles: [],
      version: 1,
      created_at: NOW_TEXT,
      updated_at: NOW_TEXT,
    })
    expect(await employees.find(db, 'bot')).toEqual(inserted)
    expect(await employees.find(db, 'nobody')).toBeUndefined()
  })

  test('what cannot be inserted is classified', async () => {
    const db = shared.current.kysely
    await hire(db, 'ann')
    expect(await kindOf(hire(db, 'ann'))).toBe('unique_violation')
    expect(await kindOf(hire(db, 'bob', { department_id: 'nowhere' }))).toBe('foreign_key_violation')
    expect(await kindOf(hire(db, 'bob', { manager_id: 'nobody' }))).toBe('foreign_key_violation')
    expect(await kindOf(hire(db, 'bob', { name: 'nul \0' }))).toBe('invalid_text')
    expect(await kindOf(hire(db, 'bob', { skills_badge: ['nul \0'] }))).toBe('invalid_text')
    expect(await kindOf(hire(db, 'bob', { skills_badge: ['\ud800'] }))).toBe('invalid_text')
    expect(await employees.find(db, 'bob')).toBeUndefined()
  })

  test('many are found by id', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'a', 'b', 'c')
    const map = await employees.findMany(db, ['c', 'a', 'x', 'a', '{"odd",\'id\\'])
    expect([...map.keys()].sort()).toEqual(['a', 'c'])
    expect(map.get('c')?.name).toBe('c')
    expect(await employees.findMany(db, [])).toEqual(new Map())
  })

  test('pages follow each other in byte order', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'b', 'a_1', 'B', 'a-1', 'a.1', 'a1')
    const first = await employees.list(db, { includeDisabled: false, limit: 4 })
    expect(ids(first)).toEqual(['B', 'a-1', 'a.1', 'a1'])
    expect(ids(await employees.list(db, { includeDisabled: false, after: 'a1', limit: 4 }))).toEqual(['a_1', 'b'])
  })

  test('a list is narrowed by department, text and status', async () => {
    const db = shared.current.kysely
    await found(db, 'sales')
    await hire(db, 'e1', { name: 'Élan 100% Müller', department_id: 'sales' })
    await hire(db, 'e2', { name: '100 under_score' })
    await hire(db, 'E3_x', { name: 'back\\slash' })
    await employees.update(db, 'e2', { status: 'disabled' }, NOW)
    const search = async (query: string, includeDisabled = true) =>
      ids(await employees.list(db, { query, includeDisabled, limit: 10 }))
    expect(await search('éLAN')).toEqual(['e1'])
    expect(await search('%')).toEqual(['e1'])
    expect(await search('_')).toEqual(['E3_x', 'e2'])
    expect(await search('\\')).toEqual(['E3_x'])
    expect(await search('e')).toEqual(['E3_x', 'e1', 'e2'])
    expect(await search('100', false)).toEqual(['e1'])
    expect(ids(await employees.list(db, { departmentId: 'sales', includeDisabled: true, limit: 10 }))).toEqual(['e1'])
    const disabled = { includeDisabled: false, status: 'disabled', limit: 10 } as const
    expect(ids(await employees.list(db, disabled))).toEqual(['e2'])
  })

  test('a list is narrowed to those who hold a role, and to agents or people', async () => {
    const db = shared.current.kysely
    await found(db, 'sales')
    await hireAll(db, 'ann', 'ben', 'eve')
    await hire(db, 'bot', { is_ai_agent: true })
    await employees.replaceRoles(db, 'ann', [{ role: 'hr', department_id: 'sales' }, { role: 'auditor' }])
    await employees.replaceRoles(db, 'bot', [{ role: 'hr' }])
    const list = async (filter: object) =>
      ids(await employees.list(db, { includeDisabled: false, limit: 10, ...filter }))
    expect(await list({ role: 'hr' })).toEqual(['ann', 'bot'])
    expect(await list({ role: 'owner' })).toEqual([])
    expect(await list({ isAiAgent: true })).toEqual(['bot'])
    expect(await list({ isAiAgent: false, role: 'hr' })).toEqual(['ann'])
  })

  test('an update changes what it names and raises the version', async () => {
    const db = shared.current.kysely
    await found(db, 'sales')
    await hire(db, 'ann', { department_id: 'sales', agent_profile: { model_type: 'm' }, skills_badge: ['s'] })
    const same = await employees.update(db, 'ann', {}, LATER)
    expect(same).toMatchObject({ version: 2, updated_at: LATER_TEXT, created_at: NOW_TEXT, department_id: 'sales' })
    const changed = await employees.update(
      db,
      'ann',
      {
        name: 'Ann',
        department_id: null,
        agent_profile: null,
        skills_badge: ['t'],
        status: 'disabled',
        manager_id: undefined,
      },
      LATER,
    )
    expect(changed).toMatchObject({
      name: 'Ann',
      department_id: null,
      agent_profile: null,
      skills_badge: ['t'],
      status: 'disabled',
      version: 3,
    })
    await expect(employees.update(db, 'nobody', { name: 'x' }, NOW)).rejects.toThrow()
  })

  test('roles are replaced as a whole', async () => {
    const db = shared.current.kysely
    await hire(db, 'ann')
    await employees.replaceRoles(db, 'ann', [{ role: 'owner' }, { role: 'hr', department_id: 'd' }, { role: 'owner' }])
    expect((await employees.find(db, 'ann'))?.roles).toEqual([{ role: 'hr', department_id: 'd' }, { role: 'owner' }])
    await employees.replaceRoles(db, 'ann', [])
    expect((await employees.find(db, 'ann'))?.roles).toEqual([])
  })

  test('only active, unlimited owners are counted', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'a', 'b', 'c', 'd')
    for (const id of ['a', 'b']) await employees.replaceRoles(db, id, [{ role: 'owner' }])
    await employees.replaceRoles(db, 'c', [{ role: 'admin' }])
    await employees.replaceRoles(db, 'd', [{ role: 'owner', department_id: 'x' }])
    expect(await employees.countActiveOwners(db)).toBe(2)
    await employees.update(db, 'a', { status: 'disabled' }, NOW)
    expect(await employees.countActiveOwners(db)).toBe(1)
  })

  test('who reports to whom is known at any depth, and on a circle', async () => {
    const db = shared.current.kysely
    await hire(db, 'top')
    await hire(db, 'mid', { manager_id: 'top' })
    await hire(db, 'low', { manager_id: 'mid' })
    await hire(db, 'other')
    expect(await employees.reportsTo(db, 'top', 'low')).toBe(true)
    expect(await employees.reportsTo(db, 'top', 'top')).toBe(true)
    expect(await employees.reportsTo(db, 'low', 'top')).toBe(false)
    expect(await employees.reportsTo(db, 'top', 'other')).toBe(false)
    await employees.update(db, 'top', { manager_id: 'low' }, NOW)
    expect(await employees.reportsTo(db, 'other', 'low')).toBe(false)
  })

  test('the directory shows active employees only', async () => {
    const db = shared.current.kysely
    await found(db, 'sales')
    await hire(db, 'b', { department_id: 'sales', skills_badge: ['s'] })
    await hireAll(db, 'a', 'c')
    await employees.update(db, 'c', { status: 'disabled' }, NOW)
    const b = {
      employee_id: 'b',
      name: 'b',
      department_id: 'sales',
      manager_id: null,
      is_ai_agent: false,
      skills_badge: ['s'],
    }
    expect(ids(await employees.directory(db))).toEqual(['a', 'b'])
    expect(await employees.directory(db, ['sales', 'x'])).toEqual([b])
    expect(await employees.directory(db, [])).toEqual([])
  })

  test('agents are found by capability or badge', async () => {
    const db = shared.current.kysely
    const agent = { is_ai_agent: true }
    await hire(db, 'a', { ...agent, agent_profile: { capabilities: ['翻译', 'sum'] } })
    await hire(db, 'b', { ...agent, skills_badge: ['翻译'] })
    await hire(db, 'c', { ...agent, agent_profile: {} })
    await hire(db, 'd', { skills_badge: ['翻译'] })
    await hire(db, 'e', { ...agent, skills_badge: ['翻译'] })
    await employees.update(db, 'e', { status: 'disabled' }, NOW)
    expect(ids(await employees.agents(db))).toEqual(['a', 'b', 'c'])
    expect(ids(await employees.agents(db, '翻译'))).toEqual(['a', 'b'])
    expect(ids(await employees.agents(db, '翻'))).toEqual([])
    expect(ids(await employees.agents(db, '"]'))).toEqual([])
  })

  test('a locked employee is read as it was committed last', async () => {
    const database = shared.current
    await hire(database.kysely, 'ann')
    const { promise: locked, resolve: hasLock } = Promise.withResolvers<void>()
    const first = database.transaction(async (tx) => {
      await employees.findForUpdate(tx, 'ann')
      hasLock()
      await new Promise((resolve) => setTimeout(resolve, 100))
      await employees.replaceRoles(tx, 'ann', [{ role: 'hr' }])
      return employees.update(tx, 'ann', { name: 'first' }, NOW)
    })
    await locked
    const second = database.transaction((tx) => employees.findForUpdate(tx, 'ann'))
    await first
    expect(await second).toMatchObject({ name: 'first', roles: [{ role: 'hr' }], version: 2 })
    expect(await database.transaction((tx) => employees.findForUpdate(tx, 'nobody'))).toBeUndefined()
  })

  test('those whose grant is limited to a department are known', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'a', 'b', 'c')
    await employees.replaceRoles(db, 'b', [
      { role: 'hr', department_id: 'd' },
      { role: 'admin', department_id: 'd' },
    ])
    await employees.replaceRoles(db, 'a', [{ role: 'hr', department_id: 'd' }])
    await employees.replaceRoles(db, 'c', [{ role: 'hr', department_id: 'e' }, { role: 'owner' }])
    expect(await employees.limitedTo(db, 'd')).toEqual(['a', 'b'])
  })

  test('shared employees cannot be disabled before the commit', async () => {
    const database = shared.current
    await hireAll(database.kysely, 'ann', 'bob')
    const order: string[] = []
    const { promise: held, resolve: hasThem } = Promise.withResolvers<void>()
    const first = database.transaction(async (tx) => {
      const map = await employees.findManyForShare(tx, ['bob', 'ann', 'nobody'])
      expect([...map.keys()].sort()).toEqual(['ann', 'bob'])
      hasThem()
      await new Promise((resolve) => setTimeout(resolve, 100))
      order.push('shared')
    })
    await held
    await employees.update(database.kysely, 'ann', { status: 'disabled' }, NOW)
    order.push('disabled')
    await first
    expect(order).toEqual(['shared', 'disabled'])
  })
})
