import { createServer } from 'node:net'

/** Below the ports that systems choose from for whoever names none, which one of a thousand connections may take any moment. */
const FIRST = 20_000
const OF_WORKER = 1000
const MOST_WORKERS = 12

/** Each worker of vitest has ports of its own, so that none chooses what another has chosen and does not listen on yet. */
const first = FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % MOST_WORKERS) * OF_WORKER
// Another run of the tests may be under way, and what has ended leaves its ports unusable for a while.
let next = Math.floor(Math.random() * OF_WORKER)

/** A TCP port on the loopback interface that nobody listens on, and that this process has not named for long. */
export const freePort = async (): Promise<number> => {
  for (let tried = 0; tried < OF_WORKER; tried++) {
    const port = first + (next++ % OF_WORKER)
    if (await isFree(port)) return port
  }
  throw new Error(`No port from ${first} to ${first + OF_WORKER - 1} is free.`)
}

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer()
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (isListening) await new Promise((resolve) => server.close(resolve))
  return isListening
}
