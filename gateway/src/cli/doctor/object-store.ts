import { createFileKeys } from '@mchat/schema'
import type { Config } from '../../config.ts'
import { type SignedRequest, StoreUnavailable } from '../../objects/object-store.ts'
import type { S3Store } from '../../objects/s3.ts'
import { silentLog } from '../../ops/log.ts'
import { systemClock } from '../../platform/clock.ts'
import { newUuid } from '../../platform/random.ts'
import { type Finding, holds, mustChange, toKnow } from './finding.ts'

const TRAITS = { contentType: 'text/plain', contentDisposition: 'attachment', owner: 'mchat' }
const SECONDS = 60
const PATIENCE_MS = 10_000

/** Does with the bucket what gateways and clients do, where no file ever is, and clears it away. */
export const examineObjectStore = async (config: Config): Promise<readonly Finding[]> => {
  const { bucket } = config.storage
  if (bucket === undefined) {
    return config.broker.kind === 'embedded'
      ? [holds('Files are in the data directory.')]
      : [toKnow('There is none (MCHAT_S3_BUCKET), so there are no files and no audit.export.')]
  }
  const { createS3Store } = await import('../../objects/s3.ts')
  const store = createS3Store({ config: config.storage, clock: systemClock(), log: silentLog })
  const [prefix = ''] = createFileKeys(config.serviceId).passingPrefixes
  const key = `${prefix}doctor/${newUuid()}`
  const copy = `${key}-copy`
  try {
    return await probe(store, bucket, key, copy)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    return [mustChange(`The gateway cannot use the bucket ${bucket}: ${reasonOf(error)}.`)]
  } finally {
    for (const each of [key, copy]) await store.delete(each).catch(() => undefined)
    store.close()
  }
}

const probe = async (store: S3Store, bucket: string, key: string, copy: string): Promise<readonly Finding[]> => {
  // First the gateway itself, since clients may reach the store elsewhere.
  await store.requireBucket()
  await store.head(key)
  const signed = await store.signPut(key, { ...TRAITS, size: 5 }, SECONDS)
  const wrong = { ...signed, headers: { ...signed.headers, 'content-type': 'text/html' } }
  if ((await send(wrong, 'hello')) === 200) {
    return [mustChange('It takes what was not signed: another type than the one that was announced.')]
  }
  const put = await send(signed, 'hello')
  if (put !== 200) {
    return [
      mustChange(
        `What is signed for clients is answered ${put} at ${store.address.endpoint}; is that how clients reach it?`,
      ),
    ]
  }
  const file = await store.head(key)
  if (file?.size !== 5 || file.owner !== TRAITS.owner) return [mustChange('It does not keep what belongs to a file.')]
  if (!(await store.copy(key, copy))) return [mustChange('It does not copy.')]
  const [got, unsigned] = [await store.signGet(copy, SECONDS), new URL((await store.signGet(copy, SECONDS)).url)]
  unsigned.search = ''
  const findings = [holds(`The bucket ${bucket} takes, keeps, copies and gives files as they are signed.`)]
  if ((await send(got)) !== 200) findings.push(mustChange('What is signed for clients to get is not given.'))
  if ((await send({ method: 'GET', url: unsigned.href, headers: {} })) === 200) {
    findings.push(mustChange(`Anybody can read the bucket ${bucket}: make it private.`))
  }
  return findings
}

/** @returns the status; 0: nobody is there */
const send = async ({ headers, method, url }: SignedRequest, body?: string): Promise<number> => {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const { 'content-length': _length, ...others } = headers
    const answer = await fetch(url, { method, headers: others, signal, ...(body === undefined ? {} : { body }) })
    await answer.body?.cancel()
    return answer.status
  } catch {
    return 0
  }
}

const reasonOf = ({ cause }: StoreUnavailable): string =>
  cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause)
