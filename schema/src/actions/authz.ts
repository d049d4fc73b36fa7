import Type from 'typebox'
import { defineAction } from '../action.ts'
import { RoleGrant } from '../entities.ts'
import { EmployeeId } from '../id-fields.ts'

const Alternative = Type.Object({
  met: Type.Boolean(),
  conditions: Type.Array(
    Type.Object({
      condition: Type.String(),
      text: Type.String(),
      met: Type.Optional(Type.Boolean({ description: 'Absent: it was not looked at, since one before it is not met' })),
    }),
  ),
})
const Alternatives = Type.Array(Alternative, { description: 'One of them is enough; each asks for all its conditions' })

export const authzActions = {
  'authz.explain': defineAction({
    summary: 'Says whether an employee may do something now, by which rule, and which condition decides it.',
    input: Type.Object({
      employee_id: Type.Optional(EmployeeId),
      for_action: Type.String({ minLength: 1, maxLength: 64 }),
      fields: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), {
          description: 'What the request would hold, as far as it matters',
        }),
      ),
    }),
    output: Type.Object({
      employee_id: EmployeeId,
      for_action: Type.String(),
      allowed: Type.Boolean(),
      reason: Type.Union([Type.String(), Type.Null()], { description: 'What the request would be answered' }),
      rule: Type.String(),
      who: Type.String({ description: 'The rule in words' }),
      alternatives: Alternatives,
      fields: Type.Array(Type.Object({ field: Type.String(), allowed: Type.Boolean(), alternatives: Alternatives }), {
        description: 'Those among `fields` with conditions of their own',
      }),
      granted_by: Type.Array(RoleGrant, { description: 'Roles that give a permission which it is allowed by' }),
      sensitive: Type.Boolean({ description: 'Whether it needs a second factor' }),
    }),
    rule: 'rights_view',
    kind: 'read',
    errors: ['employee_not_found'],
    opaque: ['fields'],
  }),
}
