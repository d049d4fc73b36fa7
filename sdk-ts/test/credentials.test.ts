import { expect, test } from 'vitest'
import { createClient } from '../src/index.ts'

const connection = {
  broker_host: '127.0.0.1',
  broker_port: 1883,
  use_tls: false,
  client_id_scheme: '{employee_id}_{device_id}_{uuid}',
  mqtt_username: 'alice',
  mqtt_password: 'secret',
}

test('what cannot be a connection is refused at once, in words', () => {
  const NO_CREDENTIALS = 'not what employee.create or device.add answers, nor the mqtt_connection in it'
  const wrong: unknown[] = [
    undefined,
    null,
    'alice',
    {},
    [],
    { people: [] },
    { employee_id: 'alice', mqtt_connection: {} },
  ]
  for (const credentials of wrong) {
    expect(() => createClient(credentials as typeof connection)).toThrow(new TypeError(NO_CREDENTIALS))
  }
})

test('a connection whose password was withheld is refused, since it could only fail', () => {
  const { mqtt_password, ...withheld } = connection
  expect(mqtt_password).toBeDefined()
  expect(() => createClient({ ...withheld, secret_withheld: true })).toThrow(/no mqtt_password/)
})

test('why there is no session is in the message', async () => {
  const client = createClient({ ...connection, broker_port: 1 }, { timing: { openMs: 300 } } as object)
  await expect(client.open({ timeoutMs: 2000 })).rejects.toThrow(/no session within 2000 ms \(.*ECONNREFUSED/)
  await client.close()
})
