import { between, type FaultKind } from './scene.ts'

export const brokerFaults: readonly FaultKind[] = [
  {
    id: 'F3',
    name: 'F3 broker restart',
    async inject(scene) {
      await scene.cluster.broker.stop()
      await between(scene, 0, 2000)
      await scene.cluster.broker.start()
    },
  },
  {
    id: 'F3',
    name: 'F3 broker kill -9',
    crashesBroker: true,
    async inject(scene) {
      await scene.cluster.broker.kill()
      await between(scene, 0, 2000)
      await scene.cluster.broker.start()
    },
  },
  {
    id: 'F10',
    name: 'F10 disk full',
    isAlone: true,
    missing: ({ cluster }) =>
      cluster.disk === undefined ? 'no file system can be mounted by this account' : undefined,
    async inject(scene) {
      const { disk, postgres } = scene.cluster
      await disk?.fill()
      await between(scene, 8000 * scene.scale, 10_000 * scene.scale)
      await disk?.free()
      // PostgreSQL may have given up.
      await postgres.start()
    },
  },
]
