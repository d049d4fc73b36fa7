import { describe } from 'vitest'
import { hasMosquitto } from '../kit/mosquitto.ts'
import { accessConformance } from './access.ts'
import { linkConformance } from './link.ts'
import { openMosquittoAccessBench, openMosquittoLinkBench } from './mosquitto-bench.ts'

const missing = hasMosquitto() ? '' : ' (skipped: Mosquitto is not installed)'

for (const version of [4, 5] as const) {
  const protocol = version === 4 ? 'MQTT 3.1.1' : 'MQTT 5'
  describe.skipIf(missing !== '')(`the link to Mosquitto over ${protocol}${missing}`, () =>
    linkConformance(openMosquittoLinkBench(version)),
  )
}

describe.skipIf(missing !== '')(`access on Mosquitto${missing}`, () => accessConformance(openMosquittoAccessBench))
