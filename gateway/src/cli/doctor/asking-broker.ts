import { existsSync } from 'node:fs'
import type { Topics } from '@mchat/schema'
import { openAwsConnections } from '../../access/aws-iot/connections.ts'
import { openEmqxRest } from '../../access/emqx/rest.ts'
import { createProbes, type Probes } from '../../access/hooks/probes.ts'
import { requireStrictBroker } from '../../access/self-test.ts'
import type { Config } from '../../config.ts'
import type { BrokerEndpoint } from '../../link/mqtt-connection.ts'
import { systemClock } from '../../platform/clock.ts'
import { loadSecret, secretFile } from '../../platform/deployment-secret.ts'
import { UserError } from '../../platform/user-error.ts'
import { ProbeConnection } from './examined-broker.ts'
import { type Finding, holds, mustChange, type Report, toKnow } from './finding.ts'

const PATIENCE_MS = 5000
const ADVICE = 'give it the configuration of broker-config/ (docs/brokers.md)'

/**
 * A broker that asks the gateways who may connect (EMQX, AWS IoT Core). The client it is tested with is one that any
 * gateway of the deployment lets in, so one has to run, with the same secret.
 */
export const examineAskingBroker = async (
  endpoint: BrokerEndpoint,
  topics: Topics,
  config: Config,
  report: Report,
): Promise<void> => {
  if (config.secret === undefined && !existsSync(secretFile(config.dataDir))) {
    report('Rights', [toKnow('Set MCHAT_SECRET to that of the gateways to have them examined too.')])
    return
  }
  const probes = createProbes((await loadSecret(config)).probes, systemClock())
  report('Rights', await examineRights(endpoint, topics, probes))
  report('Revocation', await examineRevocation(endpoint, config, probes))
}

const examineRights = async (endpoint: BrokerEndpoint, topics: Topics, probes: Probes): Promise<Finding[]> => {
  try {
    await requireStrictBroker({ endpoint, topics, admit: async () => probes.issue(), advice: ADVICE })
    return [holds('It refuses unknown users, foreign client_ids and foreign topics.')]
  } catch (error) {
    if (error instanceof UserError) return [mustChange(error.message)]
    return [mustChange(`A client that a gateway lets in was refused (${String(error)}); ${RUNNING}.`)]
  }
}

const RUNNING = 'a gateway with this MCHAT_SECRET has to run while its broker is examined'

/** Whether a client can be thrown out. */
const examineRevocation = async (endpoint: BrokerEndpoint, config: Config, probes: Probes): Promise<Finding[]> => {
  const { clientId, password, username } = probes.issue()
  let connection: ProbeConnection | undefined
  try {
    await using api = await openApi(config)
    connection = await ProbeConnection.connect({ ...endpoint, username, password }, { clientId })
    await api.end(clientId)
    return (await connection.closed(PATIENCE_MS))
      ? [holds('A client whose session is over is thrown out.')]
      : [mustChange('A client that the broker was told to throw out stays connected.')]
  } catch (error) {
    if (error instanceof UserError) return [mustChange(error.message)]
    return [mustChange(`It could not be found out (${String(error)}); ${RUNNING}.`)]
  } finally {
    await connection?.forget()
  }
}

interface Api extends AsyncDisposable {
  end(clientId: string): Promise<unknown>
}

/** @throws UserError when it cannot be used */
const openApi = async ({ broker }: Config): Promise<Api> => {
  if (broker.kind === 'aws-iot') {
    const connections = openAwsConnections(broker)
    await connections.answers()
    return { end: (clientId) => connections.end(clientId), [Symbol.asyncDispose]: () => connections.close() }
  }
  const rest = openEmqxRest(broker)
  await rest.answers()
  return { end: (clientId) => rest.kick(clientId), async [Symbol.asyncDispose]() {} }
}
