import { expect, test } from 'vitest'
import { toDatabaseError } from '#src/db/database-error.ts'
import { groups } from '#src/db/repositories/groups.ts'
import { members } from '#src/db/repositories/members.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { gather, hire, hireAll, LATER, LATER_TEXT, NOW, NOW_TEXT } from './people.ts'

const owner = (employee_id: string) => ({ employee_id, role: 'owner' as const })
const member = (employee_id: string) => ({ employee_id, role: 'member' as const })
const ids = (list: { group_id: string }[]) => list.map((group) => group.group_id)

onEveryDatabase('groups and members', (kind) => {
  const shared = sharedDatabase(kind)

  test('a group is added, found and changed', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann', 'bob')
    const group = await groups.insert(db, {
      group_id: 'g',
      name: '项目组',
      description: 'd',
      avatar: null,
      creator_employee_id: 'ann',
      now: NOW,
    })
    expect(group).toEqual({
      group_id: 'g',
      name: '项目组',
      description: 'd',
      avatar: null,
      creator_employee_id: 'ann',
      member_count: 0,
      created_at: NOW_TEXT,
      updated_at: NOW_TEXT,
    })
    await members.add(db, 'g', [owner('ann'), member('bob')], NOW)
    expect(await groups.find(db, 'g')).toEqual({ ...group, member_count: 2 })
    expect(await groups.find(db, 'none')).toBeUndefined()
    expect(await groups.update(db, 'g', { description: null, avatar: 'a' }, LATER)).toEqual({
      ...group,
      member_count: 2,
      description: null,
      avatar: 'a',
      updated_at: LATER_TEXT,
    })
    await expect(groups.update(db, 'none', {}, NOW)).rejects.toThrow()
  })

  test('a dismissed group is gone but its id is not free', async () => {
    const db = shared.current.kysely
    await hire(db, 'ann')
    await gather(db, 'g', 'ann')
    await members.add(db, 'g', [owner('ann')], NOW)
    expect([await groups.dismiss(db, 'g', LATER), await groups.dismiss(db, 'g', LATER)]).toEqual([true, false])
    expect(await groups.dismiss(db, 'none', LATER)).toBe(false)
    expect(await groups.find(db, 'g')).toBeUndefined()
    expect(await groups.findForUpdate(db, 'g')).toBeUndefined()
    expect(await groups.list(db, { viewerId: 'ann', all: true, limit: 10 })).toEqual([])
    expect(await members.groupsOf(db, 'ann')).toEqual([])
    expect(await members.countGroupsOf(db, ['ann'])).toEqual(new Map([['ann', 0]]))
    expect(await members.all(db, 'g')).toEqual([owner('ann')])
    await expect(groups.update(db, 'g', {}, NOW)).rejects.toThrow()
    expect(await gather(db, 'g', 'ann').catch(toDatabaseError)).toBe('unique_violation')
  })

  test("groups are listed with the viewer's role", async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann', 'bob')
    for (const id of ['c', 'a', 'b']) await gather(db, id, 'ann', `Name_${id}`)
    await members.add(db, 'a', [owner('ann'), member('bob')], NOW)
    await members.add(db, 'c', [owner('bob')], NOW)
    const list = (filter: object) => groups.list(db, { viewerId: 'bob', all: false, limit: 10, ...filter })
    expect((await list({})).map((group) => [group.group_id, group.role, group.member_count])).toEqual([
      ['a', 'member', 2],
      ['c', 'owner', 1],
    ])
    expect((await list({ all: true })).map((group) => group.role)).toEqual(['member', null, 'owner'])
    expect(ids(await list({ all: true, after: 'a', limit: 1 }))).toEqual(['b'])
    expect(ids(await list({ all: true, query: 'E_A' }))).toEqual(['a'])
    expect(ids(await list({ query: 'b' }))).toEqual([])
  })

  test('groups of somebody else are listed with the role of that one', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann', 'bob')
    for (const id of ['a', 'b', 'c']) await gather(db, id, 'ann')
    await members.add(db, 'a', [owner('ann'), member('bob')], NOW)
    await members.add(db, 'b', [owner('ann')], NOW)
    await members.add(db, 'c', [owner('bob')], NOW)
    const list = (all: boolean) => groups.list(db, { viewerId: 'bob', memberId: 'ann', all, limit: 10 })
    const shown = async (all: boolean) =>
      (await list(all)).map(({ group_id, member_role, role }) => [group_id, role, member_role])
    expect(await shown(false)).toEqual([['a', 'member', 'owner']])
    expect(await shown(true)).toEqual([
      ['a', 'member', 'owner'],
      ['b', null, 'owner'],
    ])
  })

  test('members are added once, with the role they had', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann', 'bob', 'cat')
    await gather(db, 'g', 'ann')
    expect(await members.add(db, 'g', [member('bob'), owner('ann')], NOW)).toEqual(['ann', 'bob'])
    expect(await members.add(db, 'g', [member('cat'), { employee_id: 'bob', role: 'admin' }], LATER)).toEqual(['cat'])
    expect(await members.add(db, 'g', [], LATER)).toEqual([])
    expect(await members.all(db, 'g')).toEqual([owner('ann'), member('bob'), member('cat')])
    expect(await members.count(db, 'g')).toBe(3)
    expect(await members.page(db, { groupId: 'g', after: 'ann', limit: 1 })).toEqual([
      { employee_id: 'bob', name: 'bob', is_ai_agent: false, role: 'member', joined_at: NOW_TEXT },
    ])
    expect((await members.page(db, { groupId: 'g', limit: 9 })).length).toBe(3)
    expect(await members.add(db, 'g', [member('nobody')], NOW).catch(toDatabaseError)).toBe('foreign_key_violation')
    expect(await members.remove(db, 'g', ['cat', 'bob', 'nobody'])).toEqual(['bob', 'cat'])
    expect(await members.remove(db, 'g', [])).toEqual([])
    expect(await members.count(db, 'g')).toBe(1)
  })

  test('five thousand are added in one statement', async () => {
    const db = shared.current.kysely
    const all = Array.from({ length: 5000 }, (_, index) => `e${String(index).padStart(4, '0')}`)
    const none = { department_id: null, manager_id: null, is_ai_agent: false, skills_badge: '[]' }
    const rows = all.map((id) => ({ employee_id: id, name: id, ...none, created_at: NOW, updated_at: NOW }))
    await db.insertInto('employee').values(rows).execute()
    await gather(db, 'g', 'e0000')
    expect(await members.add(db, 'g', all.map(member), NOW)).toEqual(all)
    expect((await groups.find(db, 'g'))?.member_count).toBe(5000)
    expect((await members.remove(db, 'g', all)).length).toBe(5000)
  })

  test('a group never has two owners', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann', 'bob')
    await gather(db, 'g', 'ann')
    await members.add(db, 'g', [owner('ann'), member('bob')], NOW)
    expect(await members.setRole(db, 'g', 'bob', 'owner').catch(toDatabaseError)).toBe('unique_violation')
    expect(await members.setRole(db, 'g', 'nobody', 'admin')).toBe(false)
    expect(await members.setRole(db, 'g', 'ann', 'admin')).toBe(true)
    expect(await members.setRole(db, 'g', 'bob', 'owner')).toBe(true)
    await hire(db, 'cat')
    expect(await members.add(db, 'g', [owner('cat')], NOW).catch(toDatabaseError)).toBe('unique_violation')
  })

  test('the groups of people are listed and counted', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann', 'bob')
    for (const id of ['b', 'a']) await gather(db, id, 'ann')
    await members.add(db, 'a', [owner('ann'), member('bob')], NOW)
    await members.add(db, 'b', [owner('ann')], NOW)
    expect(await members.groupsOf(db, 'ann')).toEqual([
      { group_id: 'a', name: 'a', role: 'owner' },
      { group_id: 'b', name: 'b', role: 'owner' },
    ])
    const expected = new Map([
      ['bob', 1],
      ['cat', 0],
      ['ann', 2],
    ])
    expect(await members.countGroupsOf(db, ['bob', 'cat', 'ann'])).toEqual(expected)
  })

  test('whoever locks the group sees who was added meanwhile', async () => {
    const database = shared.current
    await hireAll(database.kysely, 'ann', 'bob')
    await gather(database.kysely, 'g', 'ann')
    const join = (id: string) =>
      database.transaction(async (tx) => {
        const before = (await groups.findForUpdate(tx, 'g'))?.member_count
        await new Promise((resolve) => setTimeout(resolve, 50))
        await members.add(tx, 'g', [member(id)], NOW)
        return before
      })
    expect((await Promise.all([join('ann'), join('bob')])).sort()).toEqual([0, 1])
  })
})
