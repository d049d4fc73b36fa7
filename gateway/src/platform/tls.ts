import { constants, createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Config } from '../config.ts'
import { explain } from './private-file.ts'
import { UserError } from './user-error.ts'

type Tls = NonNullable<Config['tls']>

/** A certificate and its key, as a server takes them. */
export interface KeyPair {
  readonly context: SecureContextOptions & { readonly cert: Buffer; readonly key: Buffer }
  /** When the certificate expires, in milliseconds since 1970. It may have. */
  readonly expiresAt: number
}

/**
 * The certificate and key every listener uses, checked to belong together.
 * @throws UserError
 */
export const readKeyPair = async ({ certFile, keyFile, minVersion }: Tls): Promise<KeyPair> => {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)])
  const context = {
    cert,
    key,
    minVersion: `TLSv${minVersion}`,
    ciphers: CIPHERS,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
  } as const
  try {
    const leaf = new X509Certificate(cert)
    // A key of another kind than the certificate's passes createSecureContext, and then no handshake succeeds.
    if (!leaf.checkPrivateKey(createPrivateKey(key))) throw new Error('they do not belong together')
    createSecureContext(context)
    return { context, expiresAt: leaf.validToDate.getTime() }
  } catch (error) {
    throw new UserError(`The certificate ${certFile} and the key ${keyFile} cannot be used: ${explain(error)}.`, {
      cause: error,
    })
  }
}

/** All of 1.3, and of 1.2 what has forward secrecy and authenticated encryption. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE+AESGCM',
  'ECDHE+CHACHA20',
].join(':')

const readPem = async (file: string): Promise<Buffer> => {
  try {
    return await readFile(file)
  } catch (error) {
    throw new UserError(`The TLS file ${file} cannot be read: ${explain(error)}.`, { cause: error })
  }
}
