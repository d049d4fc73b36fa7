import { expect, test } from 'vitest'
import { readCredentialsFile } from '../src/pages/sign-in/credentials-file.ts'

const mqtt_connection = {
  client_id_scheme: '{employee_id}_{device_id}_{uuid}',
  mqtt_username: 'ann',
  mqtt_password: 'x',
}
const fileOf = (value: unknown): Blob => new Blob([JSON.stringify(value)])

test('a file of credentials is taken as it was handed out', async () => {
  expect(await readCredentialsFile(fileOf({ employee_id: 'ann', mqtt_connection }))).toEqual({
    employee_id: 'ann',
    mqtt_connection,
  })
})

test.each<[string, Blob]>([
  ['no JSON', new Blob(['id,name\n'])],
  ['something else', fileOf(['ann'])],
  ['credentials without a password', fileOf({ employee_id: 'ann', mqtt_connection: { mqtt_username: 'ann' } })],
  ['credentials of an id that nobody can have', fileOf({ employee_id: 'ann@corp.com', mqtt_connection })],
  ['more than any credentials are', fileOf({ employee_id: 'ann', mqtt_connection, more: 'x'.repeat(70_000) })],
  [
    'a folder',
    Object.assign(new Blob(['{}']), { text: () => Promise.reject(new DOMException('a folder', 'NotFoundError')) }),
  ],
])('%s is no file of credentials', async (_what, file) => {
  expect(await readCredentialsFile(file)).toBeUndefined()
})
