import { accessSync, constants } from 'node:fs'

const SETPRIV = '/usr/bin/setpriv'

/**
 * What to put before a command so that it gets a signal when this process ends, however that happens; empty where there
 * is no `setpriv`.
 * @param account to run it as
 */
export const diesWithParent = (
  signal: 'KILL' | 'QUIT',
  account?: { readonly uid: number; readonly gid: number },
): string[] => {
  try {
    accessSync(SETPRIV, constants.X_OK)
  } catch {
    return []
  }
  const identity = account === undefined ? [] : [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
  return [SETPRIV, ...identity, `--pdeathsig=${signal}`, '--']
}
