import type { Topics } from '@mchat/schema'
import type { Dynsec } from '../../access/mosquitto/dynsec.ts'
import type { BrokerEndpoint } from '../../link/mqtt-connection.ts'
import { systemClock } from '../../platform/clock.ts'
import { newUuid } from '../../platform/random.ts'
import { ProbeConnection } from './examined-broker.ts'
import { type Finding, holds, mustChange, toKnow } from './finding.ts'

const clock = systemClock()

/** From this on, rights are better left as they are and groups delivered by inbox. */
const SLOW_CHANGE_MS = 100
const PATIENCE_MS = 3000

/** Whether rights that are taken away are gone at once, and how long that takes with the users the broker has. */
export const probeRevocation = async (endpoint: BrokerEndpoint, dynsec: Dynsec, topics: Topics): Promise<Finding[]> => {
  const clientId = `mchat_doctor_${newUuid().slice(0, 8)}`
  const rolename = `doctor:${clientId}`
  const topic = topics.gateway(clientId)
  const allow = (acltype: string, name: string) => ({ acltype, topic: name, priority: 0, allow: true })
  const rights = [allow('subscribeLiteral', topic), allow('publishClientReceive', topic)]
  const password = newUuid()
  await dynsec.run([
    { command: 'createRole', rolename, acls: rights },
    { command: 'createClient', username: clientId, clientid: clientId, password, roles: [{ rolename, priority: 0 }] },
  ])
  const gateway = await ProbeConnection.connect(endpoint, {})
  const member = await ProbeConnection.connect({ ...endpoint, username: clientId, password }, { clientId })
  try {
    await member.subscribe(topic)
    await gateway.publish(topic, 'before')
    if ((await member.waitFor(1, PATIENCE_MS)) === 0) return [mustChange('A right that was given does not hold.')]
    const before = clock.monotonic()
    await dynsec.run([{ command: 'modifyRole', rolename, acls: [] }])
    const took = clock.monotonic() - before
    const kicked = !member.isConnected
    await gateway.publish(topic, 'after')
    // Behind the one that must not come, to somebody who may hear it.
    const findings = [
      (await leaked(member))
        ? mustChange(LEAK)
        : holds(`A right that is taken away is gone, in ${Math.ceil(took)} ms.`),
    ]
    if (kicked) findings.push(toKnow('Changing rights throws clients out; they come back by themselves.'))
    if (took > SLOW_CHANGE_MS)
      findings.push(
        toKnow(
          `Each change of rights takes ${Math.ceil(took)} ms, in which the broker does nothing else: consider MCHAT_GROUP_DELIVERY=inbox.`,
        ),
      )
    await dynsec.run([{ command: 'deleteClient', username: clientId }])
    findings.push(
      (await member.closed(PATIENCE_MS))
        ? holds('A user that is deleted is thrown out.')
        : mustChange('A user that is deleted stays connected.'),
    )
    return findings
  } finally {
    await Promise.all([member.forget(), gateway.forget()])
    await dynsec.run(
      [
        { command: 'deleteClient', username: clientId },
        { command: 'deleteRole', rolename },
      ],
      ['Client not found'],
    )
  }
}

const LEAK = 'A right that was taken away still lets messages through.'

const leaked = async (member: ProbeConnection): Promise<boolean> => (await member.waitFor(2, 500)) > 1
