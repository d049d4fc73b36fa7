import { accessSync } from 'node:fs'

/** Debian's Python, for which Debian's package is; another one may be first on the PATH. */
export const PYTHON = '/usr/bin/python3'

/** Whether Debian's python3-paho-mqtt is installed. */
export const hasPaho = (): boolean => {
  try {
    accessSync(PYTHON)
    accessSync('/usr/lib/python3/dist-packages/paho/mqtt/client.py')
    return true
  } catch {
    return false
  }
}
