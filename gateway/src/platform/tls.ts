import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Config } from '../config.ts'
import { explain } from './private-file.ts'
import { UserError } from './user-error.ts'

export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
  readonly minVersion: 'TLSv1.2'
}

/**
 * The certificate and key every listener uses, checked to belong together.
 * @throws UserError
 */
export const readTls = async (tls: NonNullable<Config['tls']>): Promise<TlsFiles> => {
  const [cert, key] = await Promise.all([readPem(tls.certFile), readPem(tls.keyFile)])
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    throw new UserError(
      `The certificate ${tls.certFile} and the key ${tls.keyFile} cannot be used: ${explain(error)}.`,
      {
        cause: error,
      },
    )
  }
  return { cert, key, minVersion: 'TLSv1.2' }
}

const readPem = async (file: string): Promise<Buffer> => {
  try {
    return await readFile(file)
  } catch (error) {
    throw new UserError(`The TLS file ${file} cannot be read: ${explain(error)}.`, { cause: error })
  }
}
