import Type from 'typebox'
import { defineAction } from '../action.ts'
import { Timestamp } from '../entities.ts'
import { EventId } from '../events.ts'
import { DepartmentId, EmployeeId } from '../id-fields.ts'
import { LIMITS } from '../limits.ts'

export const systemActions = {
  'system.announce': defineAction({
    summary:
      'Tells everybody something on `system/notify`, or the people named in their inboxes. Nothing of it is stored.',
    input: Type.Object({
      title: Type.Optional(Type.String({ minLength: 1, maxLength: LIMITS.titleChars })),
      body: Type.String({ minLength: 1, maxLength: LIMITS.announcementChars, pattern: '\\S' }),
      target_employee_ids: Type.Optional(
        Type.Array(EmployeeId, { minItems: 1, maxItems: LIMITS.announcementIds, uniqueItems: true }),
      ),
      department_id: Type.Optional({
        ...DepartmentId,
        description: 'The people in it and below it, beside those named',
      }),
    }),
    output: Type.Object({
      notify_id: EventId,
      created_at: Timestamp,
      addressed: Type.Integer({
        description:
          'Whose inbox it was put into; of one for everybody the active people, of whom those hear it who are connected or have a session with a subscription to `system/notify` on the broker',
      }),
    }),
    rule: 'system_manage',
    kind: 'relay',
    heavy: true,
    errors: ['employee_not_found', 'department_not_found'],
    audited: ['target_employee_ids', 'department_id'],
  }),
}
