import { StoreFull, StoreUnavailable } from './object-store.ts'

/** As S3, MinIO and Ceph say that there is no room. */
const FULL: readonly string[] = ['QuotaExceeded', 'XMinioAdminBucketQuotaExceeded', 'XMinioStorageFull']
const INSUFFICIENT_STORAGE = 507

/**
 * NotFound: of HEAD, whose answer has no body to tell more. So where the bucket is missing, a look at an object finds none;
 * `requireBucket` tells the two apart.
 */
const MISSING: readonly string[] = ['NoSuchKey', 'NoSuchUpload', 'NotFound']
const NOT_AS_NAMED: readonly string[] = ['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall']

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')

const statusOf = (error: unknown): number | undefined =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode

/** There is no such object, or upload; asked about the bucket itself: no bucket. */
export const isMissing = (error: unknown): boolean => MISSING.includes(nameOf(error))

/** There is no such upload, or no such part of it. */
export const isNotAsNamed = (error: unknown): boolean => NOT_AS_NAMED.includes(nameOf(error))

/** A condition does not hold. By name, too: a copy can fail after its status was sent. */
export const isPreconditionFailed = (error: unknown): boolean =>
  nameOf(error) === 'PreconditionFailed' || statusOf(error) === 412

export const isNotImplemented = (error: unknown): boolean =>
  nameOf(error) === 'NotImplemented' || statusOf(error) === 501

/** What is thrown for what S3, or the way there, did not let succeed. */
export const failureOf = (error: unknown): StoreFull | StoreUnavailable => {
  if (error instanceof StoreUnavailable || error instanceof StoreFull) return error
  if (FULL.includes(nameOf(error)) || statusOf(error) === INSUFFICIENT_STORAGE) return new StoreFull()
  return new StoreUnavailable(error)
}
