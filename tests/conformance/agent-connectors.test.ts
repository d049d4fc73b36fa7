import { describe } from 'vitest'
import { connectorConformance } from './agent-connector.ts'
import { openMqttBench, openOpenaiBench, openWebhookBench } from './agent-connector-benches.ts'

describe('a webhook', () => connectorConformance(openWebhookBench))

describe('the chat-completions API', () => connectorConformance(openOpenaiBench))

describe('an MQTT client', () => connectorConformance(openMqttBench))
