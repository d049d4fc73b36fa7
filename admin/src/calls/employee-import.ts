import type { InputOf, OutputOf } from '@mchat/sdk'
import { useCallback } from 'react'
import { useClient } from '../connection/connection-context.tsx'

/** How long one part is waited for, lost connections included; what is asked again after that is still the same request. */
const PART_MS = 60_000

/** @param seqId kept beside the rows by the caller, so that they are never imported twice */
export type SendImport = (input: InputOf<'employee.import'>, seqId: string) => Promise<OutputOf<'employee.import'>>

/** What it changes is announced by the gateway, as other people's changes are. */
export const useEmployeeImport = (): SendImport => {
  const client = useClient()
  return useCallback(
    (input, seqId) => client.request('employee.import', input, { seqId, timeoutMs: PART_MS }),
    [client],
  )
}
