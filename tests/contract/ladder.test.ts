import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import {
  ACTION_NAMES,
  ACTIONS,
  type ActionDefinition,
  type ActionName,
  ERRORS,
  type Response,
} from '../../schema/src/index.ts'
import { type Device, newSeqId } from '../kit/device.ts'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'
import type { Arranged } from './examples/example.ts'
import { arrange } from './examples/index.ts'
import { Scene } from './scene.ts'

const definition = (action: ActionName): ActionDefinition => ACTIONS[action]

onEveryDatabase('the ladder', (kind) => {
  const shared = sharedGateway(kind)

  describe.each(ACTION_NAMES)('%s', (action) => {
    test('refuses whoever may not, and does once what the contract says for who may', async () => {
      await using scene = await Scene.open(shared.current)
      const arranged = await arrange(action, scene)
      await refuses(action, scene, arranged)
      const { by, input, published } = arranged
      const seqId = newSeqId()
      let first: Response | undefined
      const seen = await scene.observe(async () => {
        if (definition(action).answered === false) await by.send(action, input)
        else first = await by.request(action, input, { seqId })
      }, published)
      expect(seen).toEqual([...published].sort())
      if (first === undefined) return
      expect(first).toMatchObject({ code: 0, message: 'ok' })
      expectDeclared(action, first.data)
      if (definition(action).kind === 'change') await repeats(action, scene, arranged, first)
    })
  })
})

/** Changes and publishes nothing. */
const refuses = async (action: ActionName, scene: Scene, { input, refused }: Arranged<ActionName>): Promise<void> => {
  if (refused === undefined) {
    expect(['everyone', 'connection', 'group_create']).toContain(definition(action).rule)
    return
  }
  const before = await scene.gateway.dump()
  const published = await scene.observe(async () => {
    const answer = await refused.device.request(action, input)
    expect(answer).toMatchObject({ code: ERRORS[refused.reason].code, reason: refused.reason, data: null })
  })
  expect(published).toEqual([])
  expect(await scene.gateway.dump()).toEqual(before)
}

/** Is answered again as it was first, and with its `seq_id` nothing else is done. */
const repeats = async (
  action: ActionName,
  scene: Scene,
  { by, input, endsConnection }: Arranged<ActionName>,
  first: Response,
): Promise<void> => {
  const seqId = first.seq_id
  const device = endsConnection === true ? await again(scene, by) : by
  const before = await scene.gateway.dump()
  const seen = await scene.observe(async () => {
    const second = await device.request(action, input, { seqId })
    expect(second.data).toEqual(withheld(action, first.data))
    expect(second).toEqual({ ...first, data: second.data })
    const third = await device.request(action, { ...input, unknown: 1 }, { seqId })
    expect(third).toMatchObject({ code: 409, reason: 'seq_id_reused', data: null })
  })
  expect(seen).toEqual([])
  expect(await scene.gateway.dump()).toEqual(before)
}

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
