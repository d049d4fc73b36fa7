import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import { ACTION_NAMES, ACTIONS, type ActionDefinition, type ActionName, ERRORS } from '../../schema/src/index.ts'
import { type Device, newSeqId } from '../kit/device.ts'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'
import { arrange } from './examples/index.ts'
import { Scene } from './scene.ts'

const definition = (action: ActionName): ActionDefinition => ACTIONS[action]

onEveryDatabase('the ladder', (kind) => {
  const shared = sharedGateway(kind)

  describe.each(ACTION_NAMES)('%s', (action) => {
    test('refuses whoever may not, and changes and publishes nothing', async () => {
      const gateway = shared.current
      await using scene = await Scene.open(gateway)
      const { input, refused } = await arrange(action, scene)
      if (refused === undefined) {
        expect(['everyone', 'connection', 'group_create']).toContain(definition(action).rule)
        return
      }
      const before = await gateway.dump()
      const published = await scene.observe(async () => {
        const answer = await refused.device.request(action, input)
        expect(answer).toMatchObject({ code: ERRORS[refused.reason].code, reason: refused.reason, data: null })
      })
      expect(published).toEqual([])
      expect(await gateway.dump()).toEqual(before)
    })

    test('answers and publishes what the contract says', async () => {
      await using scene = await Scene.open(shared.current)
      const { by, input, published } = await arrange(action, scene)
      const seen = await scene.observe(async () => {
        if (definition(action).answered === false) {
          await by.send(action, input)
          return
        }
        const answer = await by.request(action, input)
        expect(answer).toMatchObject({ code: 0, message: 'ok' })
        expectDeclared(action, answer.data)
      }, published)
      expect(seen).toEqual([...published].sort())
    })

    if (definition(action).kind !== 'change') return
    test('does a repeated request once, and refuses another one with its seq_id', async () => {
      const gateway = shared.current
      await using scene = await Scene.open(gateway)
      const { by, input, endsConnection } = await arrange(action, scene)
      const seqId = newSeqId()
      const first = await by.request(action, input, { seqId })
      expect(first.code).toBe(0)
      const device = endsConnection === true ? await again(scene, by) : by
      const before = await gateway.dump()
      const seen = await scene.observe(async () => {
        const second = await device.request(action, input, { seqId })
        expect(second.data).toEqual(withheld(action, first.data))
        expect(second).toEqual({ ...first, data: second.data })
        const third = await device.request(action, { ...input, unknown: 1 }, { seqId })
        expect(third).toMatchObject({ code: 409, reason: 'seq_id_reused', data: null })
      })
      expect(seen).toEqual([])
      expect(await gateway.dump()).toEqual(before)
    })
  })
})

/** Valid, and nothing beside what is declared. */
const expectDeclared = (action: ActionName, data: unknown): void => {
  const { output } = definition(action)
  expect([...Compile(output).Errors(data)]).toEqual([])
  expect(data).toEqual(Value.Clean(output, structuredClone(data)))
}

const withheld = (action: ActionName, data: unknown): unknown => {
  const secrets = definition(action).secrets ?? []
  if (secrets.length === 0) return data
  const [secret = ''] = secrets
  const record = data as Readonly<Record<string, unknown>>
  if (!secret.includes('.')) {
    const { [secret]: shown, ...others } = record
    expect(shown).toBeDefined()
    return { ...others, secret_withheld: true }
  }
  const { mqtt_connection, webhook_secret, ...rest } = data as {
    readonly mqtt_connection: Record<string, unknown>
    readonly webhook_secret?: string
  }
  expect(secrets.filter((path) => path !== 'webhook_secret')).toEqual(['mqtt_connection.mqtt_password'])
  const isWithheld = webhook_secret === undefined ? {} : { secret_withheld: true }
  const { mqtt_password, ...connection } = mqtt_connection
  expect(mqtt_password).toMatch(/^[\w-]{43}$/)
  return { ...rest, ...isWithheld, mqtt_connection: { ...connection, secret_withheld: true } }
}

const again = async (scene: Scene, device: Device): Promise<Device> => {
  await device.closed
  return await scene.personOf(device).connect({ clientId: device.clientId })
}
