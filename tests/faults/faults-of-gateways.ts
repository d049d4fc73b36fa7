import { setTimeout as pause } from 'node:timers/promises'
import { anyMember, anyMemberUp, type FaultKind } from './scene.ts'

const pauses = (seconds: number): FaultKind => ({
  id: 'F2',
  name: `F2 gateway paused ${seconds} s`,
  async inject(scene) {
    const { gateway } = anyMember(scene)
    gateway.pause()
    await pause(seconds * 1000)
    gateway.resume()
  },
})

export const gatewayFaults: readonly FaultKind[] = [
  {
    id: 'F1',
    name: 'F1 gateway kill -9',
    async inject(scene) {
      const { gateway } = anyMemberUp(scene)
      await gateway.kill('SIGKILL')
      await gateway.up()
    },
  },
  pauses(1),
  pauses(5),
  pauses(20),
  {
    id: 'F16',
    name: 'F16 rolling restart',
    isHarmless: true,
    isAlone: true,
    async inject({ cluster }) {
      for (const { gateway } of cluster.members) {
        await gateway.kill('SIGTERM')
        await gateway.up()
      }
    },
  },
]
