import type { MqttClient } from 'mqtt'

const SUBSCRIPTION_REFUSED = 128

/** At QoS 1. Rejects when the broker refuses, which in MQTT is an answer like any other. */
export const subscribe = async (client: MqttClient, filter: string): Promise<void> => {
  const [grant] = await client.subscribeAsync(filter, { qos: 1 })
  if (grant === undefined || grant.qos >= SUBSCRIPTION_REFUSED) throw new Error(`the broker refused ${filter}`)
}
