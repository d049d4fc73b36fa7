import { expect, test } from 'vitest'
import { newSeqId } from '../kit/device.ts'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'

onEveryDatabase('an announcement', (kind) => {
  const shared = sharedGateway(kind)

  test('for everybody is heard by whoever is there, and by those who come back to a session', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const { systemNotify } = gateway.topics
    const [here, away] = [await gateway.hire(), await gateway.hire()]
    const device = await here.connect()
    const phone = await away.connect()
    await device.subscribe(systemNotify)
    await phone.subscribe(systemNotify)
    await phone[Symbol.asyncDispose]()
    const { addressed, notify_id } = await office.call('system.announce', { title: 'Fire drill', body: 'At noon.' })
    const { employees = [] } = await office.call('org.tree', {})
    expect(addressed).toBe(employees.filter((employee) => !employee.is_ai_agent).length)
    const expected = {
      notify_id,
      type: 'announcement',
      title: 'Fire drill',
      body: 'At noon.',
      from_employee_id: office.employeeId,
    }
    const isIt = ({ topic }: { readonly topic: string }): boolean => topic === systemNotify
    expect((await device.next(isIt)).json).toMatchObject(expected)
    const back = await away.connect()
    expect((await back.next(isIt)).json).toMatchObject(expected)
  })

  test('for some is in their inboxes once, whether they are named or in the department or below it', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const { department_id } = await gateway.foundDepartment()
    const below = await gateway.foundDepartment({ parent_id: department_id })
    const [both, deep, named, other] = [
      await gateway.hire({ department_id }),
      await gateway.hire({ department_id: below.department_id }),
      await gateway.hire(),
      await gateway.hire(),
    ]
    await gateway.hire({ department_id, is_ai_agent: true })
    const devices = await Promise.all([both, deep, named, other].map((person) => person.connect()))
    const [, , , stranger] = devices
    const input = { body: 'At noon.', department_id, target_employee_ids: [both.id, named.id] }
    const seqId = newSeqId()
    const first = await office.request('system.announce', input, { seqId })
    expect(first.data).toMatchObject({ addressed: 3 })
    const second = await office.request('system.announce', input, { seqId })
    expect(second.data?.notify_id).toBe(first.data?.notify_id)
    for (const device of devices.slice(0, 3)) {
      const { json } = await device.inbox.next(({ json }) => json.type === 'announcement')
      expect(json).toEqual({
        notify_id: first.data?.notify_id,
        type: 'announcement',
        body: 'At noon.',
        from_employee_id: office.employeeId,
        created_at: first.data?.created_at,
      })
    }
    await stranger?.settled((content) => office.call('msg.send_private', { to_employee_id: other.id, content }))
    expect(stranger?.received.filter(({ text }) => text.includes('announcement'))).toEqual([])
  })

  test('is told to nobody where somebody named is not there', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const [there, gone] = [await gateway.hire(), await gateway.hire()]
    await office.confirm('employee.update', { employee_id: gone.id, updates: { status: 'disabled' } })
    const device = await there.connect()
    const answer = await office.request('system.announce', {
      body: 'At noon.',
      target_employee_ids: [there.id, gone.id, 'nobody'],
    })
    expect(answer).toMatchObject({ code: 404, reason: 'employee_not_found' })
    const errors = answer.data?.errors as readonly { readonly field: string }[]
    expect(errors.map(({ field }) => field)).toEqual(['target_employee_ids[1]', 'target_employee_ids[2]'])
    await device.settled((content) => office.call('msg.send_private', { to_employee_id: there.id, content }))
    expect(device.received.filter(({ text }) => text.includes('announcement'))).toEqual([])
  })

  test('leaves whom it was for and how many they were in the audit log, and its words nowhere', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const person = await gateway.hire()
    const [title, body] = ['CANARY-title', 'CANARY-body']
    const target_employee_ids = [person.id]
    const seqId = newSeqId()
    for (let i = 0; i < 2; i++) {
      await office.request('system.announce', { title, body, target_employee_ids }, { seqId })
    }
    const { rows } = await office.call('audit.list', { for_action: 'system.announce', limit: 20 })
    const redacted = '[redacted]'
    expect(rows.filter((row) => row.seq_id === seqId).map(({ params }) => params)).toEqual([
      { title: redacted, body: redacted, target_employee_ids, done: { addressed: 1 } },
    ])
    expect(JSON.stringify(await gateway.dump())).not.toContain('CANARY')
  })
})
