import { setTimeout as delay } from 'node:timers/promises'
import type { IdleFigures, IdleJob } from './generator-job.ts'
import { openAll } from './open-connections.ts'
import { residentKilobytes } from './process-usage.ts'

/** Connects everybody, lets the server settle, and reads how much its memory has grown. */
export const executeIdleRun = async (job: IdleJob): Promise<IdleFigures> => {
  await delay(job.settleMs)
  const rssBeforeKb = residentKilobytes(job.serverPids)
  const startedAt = performance.now()
  const connections = await openAll(job.port, job.devices, job.cleanSessions)
  const connectSeconds = (performance.now() - startedAt) / 1000
  let lost = 0
  for (const connection of connections) {
    connection.onLost = () => {
      lost++
    }
  }
  await delay(job.settleMs)
  const rssAfterKb = residentKilobytes(job.serverPids)
  const faults = lost === 0 ? [] : [`${lost} of ${connections.length} connections were lost`]
  await Promise.all(connections.map((connection) => connection.close()))
  return { kind: 'idle', connections: connections.length, connectSeconds, rssBeforeKb, rssAfterKb, faults }
}
