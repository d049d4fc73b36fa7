import { MChatError } from '@mchat/schema'

/** How long an answer waits for its revocation to be enforced (contract 3.1, 5). What was begun goes on all the same. */
const CONFIRM_MS = 5000

/**
 * Makes the broker agree about each of these employees, as `Access.syncEmployees` promises it.
 * @param sync of one employee, once for each
 * @throws MChatError `revocation_pending` when the broker did not confirm in time, or something failed
 */
export const confirm = async (
  employeeIds: readonly string[],
  sync: (employeeId: string) => Promise<void>,
  before: () => Promise<void> = async () => undefined,
): Promise<void> => {
  const all = async (): Promise<void> => {
    await before()
    await Promise.all([...new Set(employeeIds)].map(sync))
  }
  try {
    await withinTime(all())
  } catch (cause) {
    throw new MChatError('revocation_pending', { cause })
  }
}

/** Rejects when it takes longer than an answer may wait. */
export const withinTime = async (work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the broker did not confirm in time')), CONFIRM_MS)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
