import type { TSchema } from 'typebox'
import { describe, expect, test } from 'vitest'
import { ACTION_NAMES, ACTIONS, type ActionDefinition, type ActionName } from '../../../schema/src/index.ts'
import { newSeqId } from '../../kit/device.ts'
import { onEveryDatabase } from '../../kit/on-every-database.ts'
import { sharedGateway } from '../../kit/shared-gateway.ts'
import { arrange } from '../examples/index.ts'
import { Scene } from '../scene.ts'

/** What somebody might hope to slip in: columns, rights, what the gateway says itself, and names that mean something. */
const SLIPPED_IN = [
  'intruder',
  'from_employee_id',
  'creator_employee_id',
  'employee_id',
  'msg_id',
  'proof',
  'sent_at',
  'type',
  'is_ai_agent',
  'version',
  'status',
  'role',
  'permissions',
  'webhook_endpoint',
  'mqtt_password',
  'secret_hash',
  'created_at',
  'dismissed_at',
  'toString',
  'hasOwnProperty',
]

/** The input with undeclared members in every object of it that the gateway reads. */
const withExtras = (action: ActionName, input: object, canary: string): object => {
  const definition: ActionDefinition = ACTIONS[action]
  const fill = (schema: TSchema, value: unknown, path: string): unknown => {
    if (definition.opaque?.includes(path) === true) return value
    const {
      type,
      properties = {},
      items,
    } = schema as {
      readonly type?: string
      readonly properties?: Readonly<Record<string, TSchema>>
      readonly items?: TSchema
    }
    if (type === 'array' && items !== undefined) return (value as unknown[]).map((each) => fill(items, each, path))
    if (type !== 'object') return value
    const filled = Object.entries(value as object).map(([name, member]) => {
      const schemaOfMember = properties[name]
      return [name, schemaOfMember === undefined ? member : fill(schemaOfMember, member, path + name)]
    })
    const extras = SLIPPED_IN.filter((name) => !Object.hasOwn(properties, name)).map((name) => [name, canary])
    return { ...Object.fromEntries(extras), ...Object.fromEntries(filled), [`${canary}-name`]: { role: 'owner' } }
  }
  return fill(definition.input, input, '') as object
}

onEveryDatabase('fields that an action does not declare', (kind) => {
  const shared = sharedGateway(kind)

  describe.each(ACTION_NAMES)('%s', (action) => {
    test('does without them, and they are nowhere afterwards', async () => {
      const gateway = shared.current
      await using scene = await Scene.open(gateway)
      const { by, input, published } = await arrange(action, scene)
      const canary = `CANARY-${newSeqId()}`
      const extended = withExtras(action, input, canary)
      expect(JSON.stringify(extended)).toContain(canary)
      const definition: ActionDefinition = ACTIONS[action]
      const seen = await scene.observe(async () => {
        if (definition.answered === false) await by.send(action, extended)
        else expect(await by.request(action, extended)).toMatchObject({ code: 0 })
      }, published)
      expect(seen).toEqual([...published].sort())
      expect(scene.everythingReceived).not.toContain(canary)
      expect(JSON.stringify(await gateway.dump())).not.toContain(canary)
    })
  })
})
