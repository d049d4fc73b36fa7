import { MChatError } from '@mchat/schema'

/** How long an answer waits for its revocation to be enforced (contract 3.1, 5). What was begun goes on all the same. */
const CONFIRM_MS = 5000

/** And for those who are new, who have lost nothing: what they are given works when it is answered, within what clients wait. */
const ADMIT_MS = 25_000

/**
 * Makes the broker agree about each of these employees, as `Access.syncEmployees` promises it.
 * @param sync of one employee, once for each
 * @throws MChatError `revocation_pending` when the broker did not confirm in time, or something failed
 */
export const confirm = (
  employeeIds: readonly string[],
  sync: (employeeId: string) => Promise<void>,
  before: () => Promise<void> = async () => undefined,
): Promise<void> =>
  confirmed(async () => {
    await before()
    await Promise.all([...new Set(employeeIds)].map(sync))
  })

/** As `confirm`, for work that makes the broker agree about all it has to. */
export const confirmed = (work: () => Promise<unknown>): Promise<void> => pendingWithout(work, CONFIRM_MS)

/** As `confirmed`, for `Access.admitEmployees`. */
export const admitted = (work: () => Promise<unknown>): Promise<void> => pendingWithout(work, ADMIT_MS)

const pendingWithout = async (work: () => Promise<unknown>, ms: number): Promise<void> => {
  try {
    await withinTime(work(), ms)
  } catch (cause) {
    throw new MChatError('revocation_pending', { cause })
  }
}

/** Rejects when it takes longer than an answer may wait. */
export const withinTime = async (work: Promise<unknown>, ms: number = CONFIRM_MS): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the broker did not confirm in time')), ms)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
