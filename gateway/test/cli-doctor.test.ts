import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDirectory } from '../../tests/kit/temp-directory.ts'
import { makeCertificate } from '../../tests/kit/tls.ts'
import { mchat } from './mchat-process.ts'

test('the doctor looks at the certificate', async () => {
  await using directory = await tempDirectory()
  const examine = async (certFile: string, keyFile: string) => {
    const env = { MCHAT_TLS_CERT_FILE: certFile, MCHAT_TLS_KEY_FILE: keyFile }
    const { code, stderr } = await mchat(['doctor'], { cwd: directory.path, env })
    return { code, line: stderr.split('\n').find((line) => line.includes(' Certificate: ')) }
  }
  const { certFile, keyFile } = (await makeCertificate(directory.path)).tls
  expect(await examine(certFile, keyFile)).toEqual({
    code: 0,
    line: expect.stringMatching(/^ {2}ok .* belong together/),
  })
  const other = join(directory.path, 'other.pem')
  await rename(keyFile, other)
  const expired = (await makeCertificate(directory.path, { isExpired: true })).tls
  expect(await examine(expired.certFile, expired.keyFile)).toEqual({
    code: 1,
    line: expect.stringMatching(/^FAIL .* expired on \d{4}-/),
  })
  expect(await examine(certFile, other)).toEqual({ code: 1, line: expect.stringMatching(/^FAIL .* cannot be used/) })
})
