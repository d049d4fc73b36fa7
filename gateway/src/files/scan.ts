import { MChatError } from '@mchat/schema'
import { Webhook } from 'standardwebhooks'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { Clock } from '../platform/clock.ts'
import { createOutgoingHttp } from '../platform/outgoing-http.ts'
import { portOf } from '../platform/outgoing-url.ts'
import { newId } from '../platform/random.ts'

/** What a scanner is told of a file. */
export interface ScannedFile {
  readonly key: string
  readonly size: number
  readonly contentType: string
  readonly fileName: string | null
  readonly owner: string
  /** Where it gets the bytes. */
  readonly url: string
}

export interface Scan {
  /** @returns whether it is clean. @throws MChatError `scan_unavailable` when that cannot be found out */
  isClean(file: ScannedFile): Promise<boolean>
  close(): Promise<void>
}

export interface ScanOptions {
  readonly url: string
  /** Signs the question by Standard Webhooks. */
  readonly secret: string | undefined
  readonly seconds: number
  readonly clock: Clock
}

const Verdict = Compile(Type.Object({ clean: Type.Boolean() }))
const ANSWER_BYTES = 64 * 1024

/** A scanner that the operator has: a POST with what there is to know of a file, answered `{"clean": true}`. */
export const createScan = ({ clock, seconds, secret, url }: ScanOptions): Scan => {
  const target = new URL(url)
  const port = portOf(target)
  const http = createOutgoingHttp({ allow: [`${target.hostname}:${port}`], httpsOnly: false })
  const signer = secret === undefined ? undefined : new Webhook(secret, { format: 'raw' })

  const ask = async (file: ScannedFile): Promise<unknown> => {
    const { contentType, fileName, key, owner, size } = file
    const body = JSON.stringify({ key, size, content_type: contentType, file_name: fileName, owner, url: file.url })
    const id = newId('scan')
    const now = clock.date()
    const response = await http.request({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        ...(signer === undefined ? {} : { 'webhook-signature': signer.sign(id, now, body) }),
      },
      body,
      deadlineMs: seconds * 1000,
    })
    if (response.status !== 200) throw new Error(`the scanner answered ${response.status}`)
    return JSON.parse(await response.text(ANSWER_BYTES))
  }

  return {
    async isClean(file) {
      try {
        const verdict = await ask(file)
        if (!Verdict.Check(verdict)) throw new Error('the scanner did not say whether the file is clean')
        return verdict.clean
      } catch (error) {
        throw new MChatError('scan_unavailable', { cause: error })
      }
    },
    close: () => http.close(),
  }
}
