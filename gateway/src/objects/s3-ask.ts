import { failureOf } from './s3-errors.ts'
import { within } from './within.ts'

/**
 * Asks S3 and waits no longer than that. @param expected what it may fail with: the answer is undefined then
 * @throws StoreUnavailable, StoreFull
 */
export const ask = async <T>(
  milliseconds: number,
  send: (signal: { readonly abortSignal: AbortSignal }) => Promise<T>,
  expected: (error: unknown) => boolean = () => false,
): Promise<T | undefined> => {
  try {
    return await within(milliseconds, (abortSignal) => send({ abortSignal }))
  } catch (error) {
    if (expected(error)) return undefined
    throw failureOf(error)
  }
}
