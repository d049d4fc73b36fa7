/** How long an answer waits for its revocation to be enforced (contract 3.1, 5). What was begun goes on all the same. */
const CONFIRM_MS = 5000

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
