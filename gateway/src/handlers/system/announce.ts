import { invalidField, LIMITS, type SystemNotify } from '@mchat/schema'
import type { RelayContext } from '../../router/context.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'

export default defineHandler('system.announce', async (context, input) => {
  const { audience, caller, clientId, clock, deliver, messageIds, seqId } = context
  const { body, department_id, target_employee_ids, title } = input
  const notify: SystemNotify = {
    notify_id: messageIds.eventId(clientId, seqId, 'announcement'),
    type: 'announcement',
    ...(title === undefined ? {} : { title }),
    body,
    from_employee_id: caller.employeeId,
    created_at: clock.timestamp(),
  }
  const json = JSON.stringify(notify)
  let addressed: number
  if (target_employee_ids === undefined && department_id === undefined) {
    deliver.everybody(json)
    addressed = await audience.count()
  } else {
    const targets = new Set([
      ...(await requireActive(context, target_employee_ids ?? [])),
      ...(department_id === undefined ? [] : await peopleIn(context, department_id)),
    ])
    for (const employeeId of targets) deliver.inbox(employeeId, json)
    addressed = targets.size
  }
  context.note({ addressed })
  return { notify_id: notify.notify_id, created_at: notify.created_at, addressed }
})

const requireActive = async ({ directory }: RelayContext, ids: readonly string[]): Promise<readonly string[]> => {
  const found = await Promise.all(ids.map((id) => directory.employees.get(id)))
  const absent = ids.flatMap((_id, i) => (found[i]?.active === true ? [] : [`target_employee_ids[${i}]`]))
  if (absent.length > 0) throw notFound('employee_not_found', ...absent)
  return ids
}

const peopleIn = async ({ audience }: RelayContext, departmentId: string): Promise<readonly string[]> => {
  const most = LIMITS.announcementInboxes
  const people = await audience.within(departmentId, most + 1)
  if (people === undefined) throw notFound('department_not_found', 'department_id')
  if (people.length > most) throw invalidField('department_id', 'announcementInboxes', `has more than ${most} people`)
  return people
}
