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

/** The answer as it is given again: of a secret only that it was shown. */
const withheld = (action: ActionName, data: unknown): unknown => {
  const copy: unknown = structuredClone(data)
  let shown = 0
  const hide = (holder: unknown, [name = '', ...rest]: readonly string[]): void => {
    if (name === '[]') for (const element of holder as unknown[]) hide(element, rest)
    else if (holder === undefined) return
    else if (rest.length > 0) hide((holder as Record<string, unknown>)[name], rest)
    else {
      const record = holder as Record<string, unknown>
      if (record[name] === undefined) return
      if (name === 'mqtt_password') expect(record[name]).toMatch(/^[\w-]{43}$/)
      delete record[name]
      record.secret_withheld = true
      shown++
    }
  }
  const secrets = definition(action).secrets ?? []
  for (const path of secrets) hide(copy, path.split(/\.|(?=\[\])/))
  if (secrets.length > 0) expect(shown).toBeGreaterThan(0)
  return copy
}

const again = async (scene: Scene, device: Device): Promise<Device> => {
  await device.closed
  return await scene.personOf(device).connect({ clientId: device.clientId })
}
