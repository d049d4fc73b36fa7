import { setTimeout as pause } from 'node:timers/promises'
import type { TcpProxy } from '../kit/tcp-proxy.ts'
import { healLinks } from './cluster.ts'
import { now } from './history.ts'
import { anyMember, between, type FaultKind, type Scene } from './scene.ts'

type Place = 'gateway to broker' | 'gateway to database' | 'clients to broker'

const PLACES: readonly Place[] = ['gateway to broker', 'gateway to database', 'clients to broker']

const linkAt = (scene: Scene, place: Place): TcpProxy => {
  const { clients } = scene.cluster
  if (place === 'clients to broker') return scene.random() < 0.5 ? clients.mqttjs : clients.paho
  const { toBroker, toDatabase } = anyMember(scene)
  return place === 'gateway to broker' ? toBroker : toDatabase
}

/** On one link of any kind; in a long run on one of each kind. */
const onLinks = (
  id: string,
  name: string,
  breakIt: (link: TcpProxy, scene: Scene) => Promise<unknown> | undefined,
  places = PLACES,
): FaultKind => ({
  id,
  name: `${id} link ${name}`,
  async inject(scene) {
    const first = Math.floor(scene.random() * places.length)
    const chosen = scene.scale > 1 ? places : places.slice(first, first + 1)
    for (const place of chosen) {
      scene.record({ type: 'note', t: now(), text: `${name}: ${place}` })
      await breakIt(linkAt(scene, place), scene)
      healLinks(scene.cluster)
    }
  },
})

const HALF_OPEN_MS = 15_000

export const linkFaults: readonly FaultKind[] = [
  onLinks('F7', 'reset', async (link, scene) => {
    link.cut()
    await between(scene, 200, 1000)
  }),
  onLinks('F7', 'cut', async (link, scene) => {
    link.freeze()
    await between(scene, 2000, 3000 * scene.scale)
  }),
  onLinks('F7', 'deaf', async (link, scene) => {
    link.freeze('down')
    await between(scene, 2000, 3000 * scene.scale)
  }),
  onLinks('F7', 'mute', async (link, scene) => {
    link.freeze('up')
    await between(scene, 2000, 3000 * scene.scale)
  }),
  onLinks('F7', 'slow by 200 ms', async (link, scene) => {
    link.delay(200)
    await between(scene, 2000, 3000 * scene.scale)
  }),
  onLinks(
    'F7',
    'slow by 2 s',
    async (link) => {
      link.delay(2000)
      await pause(5000)
    },
    ['gateway to broker', 'gateway to database'],
  ),
  onLinks('F7', 'at 20 kB/s', async (link, scene) => {
    link.throttle(20_000)
    await between(scene, 2000, 3000 * scene.scale)
  }),
  onLinks('F8', 'half open', async (link) => {
    // One end is told, the other is not; new connections work.
    link.abandon('client')
    await pause(2000)
    link.abandon('target')
  }),
  onLinks(
    'F8',
    'dead for long',
    async (link, scene) => {
      link.freeze()
      await pause(HALF_OPEN_MS * scene.scale)
    },
    ['gateway to broker'],
  ),
]
