import { isId } from '@mchat/schema/ids'
import type { Credentials } from '@mchat/sdk'

/** Far more than any has. */
const MOST_BYTES = 64 * 1024

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** What is in a file that was chosen; undefined: it holds no credentials that somebody could sign in with. */
export const readCredentialsFile = async (file: Blob): Promise<Credentials | undefined> => {
  if (file.size > MOST_BYTES) return undefined
  let value: unknown
  try {
    value = JSON.parse(await file.text())
  } catch {
    // No JSON, or nothing that can be read, as a folder that was dropped.
    return undefined
  }
  if (!isRecord(value) || !isRecord(value.mqtt_connection)) return undefined
  if (typeof value.employee_id !== 'string' || !isId(value.employee_id)) return undefined
  const { client_id_scheme, mqtt_password, mqtt_username } = value.mqtt_connection
  const isWhole = [client_id_scheme, mqtt_password, mqtt_username].every((field) => typeof field === 'string')
  return isWhole ? (value as unknown as Credentials) : undefined
}
