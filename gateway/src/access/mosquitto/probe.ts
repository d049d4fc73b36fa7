import type { Topics } from '@mchat/schema'
import { newUuid } from '../../platform/random.ts'
import type { ProbeClient } from '../self-test.ts'
import { deviceAcls } from './acl.ts'
import type { Dynsec } from './dynsec.ts'

/** Admits a device of nobody, for the self-test. */
export const createProbeAdmission = (dynsec: Dynsec, topics: Topics) => async (): Promise<ProbeClient> => {
  const clientId = `mchat_probe_${newUuid().slice(0, 8)}`
  const rolename = `dev:${clientId}`
  const password = newUuid()
  await dynsec.run([
    { command: 'createRole', rolename, acls: deviceAcls(topics, clientId) },
    { command: 'createClient', username: clientId, clientid: clientId, password, roles: [{ rolename, priority: 0 }] },
  ])
  return {
    clientId,
    username: clientId,
    password,
    async [Symbol.asyncDispose]() {
      await dynsec.run([
        { command: 'deleteClient', username: clientId },
        { command: 'deleteRole', rolename },
      ])
    },
  }
}
