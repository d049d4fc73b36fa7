import { expect, test } from 'vitest'
import { toDatabaseError } from '#src/db/database-error.ts'
import { departments } from '#src/db/repositories/departments.ts'
import { employees } from '#src/db/repositories/employees.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { found, hire, LATER, LATER_TEXT, NOW, NOW_TEXT } from './people.ts'

const ids = (list: { department_id: string }[]) => list.map((department) => department.department_id)

onEveryDatabase('departments', (kind) => {
  const shared = sharedDatabase(kind)

  test('a department is added, found and changed', async () => {
    const db = shared.current.kysely
    await found(db, 'top')
    const sales = await departments.insert(db, {
      department_id: 'sales',
      name: '销售部',
      parent_id: 'top',
      sort_order: -3,
      now: NOW,
    })
    expect(sales).toEqual({
      department_id: 'sales',
      name: '销售部',
      parent_id: 'top',
      sort_order: -3,
      created_at: NOW_TEXT,
      updated_at: NOW_TEXT,
    })
    expect(await departments.find(db, 'sales')).toEqual(sales)
    expect(await departments.find(db, 'none')).toBeUndefined()
    const moved = await departments.update(db, 'sales', { parent_id: null, name: undefined }, LATER)
    expect(moved).toEqual({ ...sales, parent_id: null, updated_at: LATER_TEXT })
    await expect(departments.update(db, 'none', {}, NOW)).rejects.toThrow()
    expect(await found(db, 'sales').catch(toDatabaseError)).toBe('unique_violation')
    expect(await found(db, 'x', 'none').catch(toDatabaseError)).toBe('foreign_key_violation')
  })

  test('what is above each of them is known at once', async () => {
    await using own = await kind.open()
    const db = own.kysely
    expect(await departments.parents(db)).toEqual(new Map())
    await found(db, 'top')
    await found(db, '__proto__', 'top')
    await found(db, '7', '__proto__')
    expect(await departments.parents(db)).toEqual(
      new Map([
        ['top', null],
        ['__proto__', 'top'],
        ['7', '__proto__'],
      ]),
    )
  })

  test('they are listed by parent and in pages', async () => {
    const db = shared.current.kysely
    await found(db, 'b', null, 1)
    await found(db, 'a', null, 2)
    await found(db, 'c', 'a', 0)
    await found(db, 'd', 'a', 0)
    expect(ids(await departments.all(db))).toEqual(['c', 'd', 'b', 'a'])
    expect(ids(await departments.list(db, { limit: 10 }))).toEqual(['a', 'b', 'c', 'd'])
    expect(ids(await departments.list(db, { limit: 2, after: 'a' }))).toEqual(['b', 'c'])
    expect(ids(await departments.list(db, { parentId: null, limit: 10 }))).toEqual(['a', 'b'])
    expect(ids(await departments.list(db, { parentId: 'a', after: 'c', limit: 10 }))).toEqual(['d'])
  })

  test('only an empty department is removed, with the grants limited to it', async () => {
    const database = shared.current
    const db = database.kysely
    const remove = (id: string) => database.transaction((tx) => departments.remove(tx, id))
    await found(db, 'top')
    await found(db, 'sales', 'top')
    await hire(db, 'ann', { department_id: 'sales' })
    await hire(db, 'bob')
    await employees.replaceRoles(db, 'bob', [{ role: 'hr', department_id: 'sales' }, { role: 'auditor' }])
    expect([await departments.isEmpty(db, 'top'), await departments.isEmpty(db, 'sales')]).toEqual([false, false])
    expect([await remove('top'), await remove('sales'), await remove('none')]).toEqual([false, false, false])

    await employees.update(db, 'ann', { status: 'disabled' }, NOW)
    expect(await departments.isEmpty(db, 'sales')).toBe(true)
    expect(await remove('sales')).toBe(true)
    expect(await departments.find(db, 'sales')).toBeUndefined()
    expect((await employees.find(db, 'ann'))?.department_id).toBeNull()
    expect((await employees.find(db, 'bob'))?.roles).toEqual([{ role: 'auditor' }])
    expect(await remove('top')).toBe(true)
  })

  test('nobody enters a department while it is removed', async () => {
    const database = shared.current
    await found(database.kysely, 'sales')
    const { promise: gone, resolve: isGone } = Promise.withResolvers<void>()
    const removal = database.transaction(async (tx) => {
      const removed = await departments.remove(tx, 'sales')
      isGone()
      await new Promise((resolve) => setTimeout(resolve, 100))
      return removed
    })
    await gone
    const entry = hire(database.kysely, 'ann', { department_id: 'sales' }).catch(toDatabaseError)
    expect(await removal).toBe(true)
    expect(await entry).toBe('foreign_key_violation')
  })
})
