/** How long the page before, of a tab that is loaded again, may take to let go. */
const HANDOVER_MS = 2000

/**
 * Takes a client_id for this tab until it is closed or loaded again. A tab that is duplicated has a copy of what the first
 * one keeps, and two connections with one client_id throw each other out for ever. Browsers can tell on HTTPS pages and on
 * localhost only; elsewhere everybody is believed.
 * @returns false: another tab has it
 */
export const claimForTab = async (clientId: string): Promise<boolean> => {
  const locks = navigator.locks as LockManager | undefined
  if (locks === undefined) return true
  return await new Promise((resolve, reject) => {
    const untilTheTabIsGone = (): Promise<never> => {
      resolve(true)
      return new Promise(() => undefined)
    }
    locks
      .request(`mchat.tab.${clientId}`, { signal: AbortSignal.timeout(HANDOVER_MS) }, untilTheTabIsGone)
      .catch((error: unknown) => {
        if (error instanceof DOMException && error.name === 'TimeoutError') resolve(false)
        else reject(error)
      })
  })
}
