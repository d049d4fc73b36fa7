import { createMchat } from './mchat.ts'
import { onMosquitto } from './mosquitto-stand.ts'
import type { Target } from './target.ts'

/** As a deployment has it, but for how many devices the one who floods may have. */
const LIMITED = { MCHAT_RATE_LIMIT: 'on', MCHAT_LIMIT_SESSIONS_PER_EMPLOYEE: '100' }

export const flooded: Target = createMchat(
  { name: 'mchat-limited', description: 'the product with its limits', cleanSessions: false },
  async () => ({ environment: LIMITED, stop: async () => undefined }),
)

export const floodedCluster = (gateways: number): Target =>
  createMchat(
    {
      name: `mchat-limited-${gateways}`,
      description: `the same on Mosquitto, ${gateways} gateways`,
      cleanSessions: false,
    },
    onMosquitto(gateways, LIMITED),
  )
