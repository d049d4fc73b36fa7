import { describeAccess } from '../access/connection.ts'
import type { ListeningPorts } from '../config/client-address.ts'
import type { Config } from '../config.ts'
import type { StoreAddress } from '../objects/object-store.ts'
import type { ConsoleOptions } from '../ops/console.ts'
import { readConsoleFiles } from '../ops/console-files.ts'

/** @returns undefined: it was not built */
export const composeConsole = async (
  config: Config,
  ports: ListeningPorts,
  storeAddress: () => StoreAddress | undefined,
): Promise<Omit<ConsoleOptions, 'config'> | undefined> => {
  const files = await readConsoleFiles()
  if (files === undefined) return undefined
  const { bindsCredentials, connection } = describeAccess(config, ports)
  return {
    console: files,
    bindsCredentials,
    connection: () => connection('', undefined),
    storeUrl() {
      const address = storeAddress()
      if (address === undefined || address.pathStyle) return address?.endpoint
      const url = new URL(address.endpoint)
      url.hostname = `${address.bucket}.${url.hostname}`
      return url.href
    },
  }
}
