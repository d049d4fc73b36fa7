import { createPublicKey, type JsonWebKey, randomBytes, sign, verify } from 'node:crypto'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { expect, test } from 'vitest'
import { tempDirectory } from '../../tests/kit/temp-directory.ts'
import { loadSecret } from '../src/platform/deployment-secret.ts'
import { createKeyring, deriveKeys, generationOfId, tagged, untagged } from '../src/platform/keys.ts'
import { createSealing } from '../src/platform/sealing.ts'

test('the secret is made once, for this user only', async () => {
  await using directory = await tempDirectory()
  const dataDir = join(directory.path, 'a/b')
  const starts = await Promise.all([1, 2, 3].map(() => loadSecret({ dataDir, secret: undefined })))
  const again = await loadSecret({ dataDir, secret: undefined })
  for (const secret of starts) expect(secret).toEqual(again)
  expect((await stat(join(dataDir, 'secret.key'))).mode & 0o777).toBe(0o600)
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
})

test('a configured secret needs no file, and is the same in every notation', async () => {
  const secret = randomBytes(32)
  const load = (text: string) => loadSecret({ dataDir: '/nowhere/at/all', secret: text })
  for (const notation of ['hex', 'base64', 'base64url'] as const) {
    expect((await load(secret.toString(notation))).bytes).toEqual(secret)
  }
})

test('every purpose has a key of its own', () => {
  const { journal, messageIds, proofs } = deriveKeys(Buffer.alloc(32, 1), 1)
  expect(new Set([journal, messageIds, proofs].map((key) => key.toString('hex'))).size).toBe(3)
  for (const key of [journal, messageIds, proofs]) expect(key).toHaveLength(32)
})

// The ids and proofs of a deployment must stay valid: this value may never change.
test('the derivation is fixed', () => {
  const keys = deriveKeys(Buffer.alloc(32, 1), 1)
  expect(keys.messageIds.toString('hex')).toBe('b2c7589f8b8af7aad071e7c13cf04f9d9d04059dd71a76ec4c4ddb4ce1cfe4e7')
  expect(keys.signing.kid).toBe('fV1EQhWZOWMJQuz3GGvF64mvqwgT_lv4Y7cll-Q5qEk')
})

test('what is signed can be checked with the public key', async () => {
  const { signing } = deriveKeys(randomBytes(32), 1)
  const signature = sign(null, Buffer.from('x'), signing.privateKey)
  const key = createPublicKey({ key: signing.publicJwk as JsonWebKey, format: 'jwk' })
  expect(verify(null, Buffer.from('x'), key, signature)).toBe(true)
  expect(signing.publicJwk).not.toHaveProperty('d')
  expect(signing.kid).toBe(await calculateJwkThumbprint(signing.publicJwk as JWK))
})

test('a secret that is damaged or cannot be read is one sentence', async () => {
  await using directory = await tempDirectory()
  const file = join(directory.path, 'secret.key')
  const load = () => loadSecret({ dataDir: directory.path, secret: undefined })
  await writeFile(file, 'not base64!')
  await expect(load()).rejects.toThrow(`The deployment secret ${file} is damaged`)
  expect(await readFile(file, 'utf8')).toBe('not base64!')
  await chmod(file, 0)
  if (process.getuid?.() !== 0) await expect(load()).rejects.toThrow('cannot be read: permission denied')
  await expect(loadSecret({ dataDir: '/dev/null', secret: undefined })).rejects.toThrow('a part of its path is a file')
})

test('what is made names the generation of its keys, and the first names none', () => {
  expect([tagged(1, 'v1.abc'), tagged(12, 'v1.abc')]).toEqual(['v1.abc', '12.v1.abc'])
  expect(untagged('v1.abc')).toEqual({ generation: 1, text: 'v1.abc' })
  expect(untagged('12.v1.abc')).toEqual({ generation: 12, text: 'v1.abc' })
  expect(['cred_1f', 'cred12_1f', 'cred0_1f', 'x'].map(generationOfId)).toEqual([1, 12, 1, 1])
})

test('what was sealed before a rotation opens after it, and what is sealed after it does not open with the keys before', () => {
  const sets = [1, 2].map((generation) => deriveKeys(randomBytes(32), generation))
  const keys = createKeyring(sets, 1)
  const sealing = createSealing(keys)
  const before = sealing.seal('x', 'here')
  keys.replace(sets, 2)
  const after = sealing.seal('y', 'here')
  expect([sealing.open(before, 'here'), sealing.open(after, 'here')]).toEqual(['x', 'y'])
  const old = createSealing(createKeyring(sets.slice(0, 1), 1))
  expect(() => old.open(after, 'here')).toThrow('there are no keys of generation 2')
  expect(() => old.open(untagged(after).text, 'here')).toThrow()
  expect(() => sealing.open(before, 'there')).toThrow()
})
