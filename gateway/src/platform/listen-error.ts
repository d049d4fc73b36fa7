import { codeOf, explain } from './private-file.ts'
import { UserError } from './user-error.ts'

/**
 * Why a listener could not be opened, for its operator.
 * @param setting the variable that chooses the port
 */
export const listenError = (error: unknown, host: string, port: number, setting: string): UserError => {
  const where = `Port ${port} on ${host}`
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new UserError(`${where} is taken by another process; stop it, or set ${setting} to another port.`, {
        cause: error,
      })
    case 'EACCES':
      return new UserError(`${where} may not be opened by this user; set ${setting} to one above 1023.`, {
        cause: error,
      })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UserError(`${host} is not an address of this machine; set MCHAT_HOST to one that is.`, {
        cause: error,
      })
    default:
      return new UserError(`${where} cannot be opened: ${explain(error)}.`, { cause: error })
  }
}
