import { createConfig } from '../../gateway/src/config.ts'
import { createS3Store } from '../../gateway/src/objects/s3.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { startObjectServer } from '../kit/object-server.ts'
import { startTcpProxy } from '../kit/tcp-proxy.ts'
import { createTestClock } from '../kit/test-clock.ts'
import type { OpenBench } from './object-bench.ts'

/** The embedded store, asked by the gateway directly and by clients over HTTP. */
export const openEmbeddedBench: OpenBench = async () => {
  const clock = createTestClock()
  const server = await startObjectServer({ clock })
  return {
    store: server.store,
    clock,
    goAway: () => server.leave(),
    comeBack: () => server.comeBack(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const PATIENT = { connectMs: 60_000, answerMs: 60_000, wholeMs: 60_000, silenceMs: 60_000 }
const HASTY = { connectMs: 500, answerMs: 1000, wholeMs: 1500, silenceMs: 1000 }

/** The driver of S3, of which the embedded store takes the part; clients reach it beside the line that can be cut. */
export const openS3Bench: OpenBench = async ({ isHasty = false } = {}) => {
  await using stack = new AsyncDisposableStack()
  const clock = createTestClock()
  const server = stack.use(await startObjectServer())
  const proxy = stack.use(await startTcpProxy(Number(new URL(server.url).port)))
  const { bucket, pathStyle, region } = server.store.address
  const { storage } = createConfig({
    storage: {
      bucket,
      region,
      pathStyle,
      endpoint: `http://127.0.0.1:${proxy.port}`,
      publicEndpoint: server.url,
      ...server.credentials,
    },
  })
  // As many as a list of the tests does not have.
  const pageSize = 2
  const timeouts = isHasty ? HASTY : PATIENT
  const store = createS3Store({ config: storage, clock, log: silentLog, timeouts, pageSize })
  stack.defer(() => store.close())
  const started = stack.move()
  return {
    store,
    clock,
    async goAway(how) {
      if (how === 'hangs') proxy.freeze()
      else await server.leave()
    },
    async comeBack() {
      proxy.thaw()
      proxy.cut()
      await server.leave()
      await server.comeBack()
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
