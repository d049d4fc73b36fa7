import { createConfig } from '../../gateway/src/config.ts'
import { createHttpServer } from '../../gateway/src/ops/http.ts'
import type { HttpHook } from '../../gateway/src/ops/http-hooks.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { createMetrics } from '../../gateway/src/ops/metrics.ts'

/** The HTTP port of a gateway, with nothing behind it but these hooks, until the stack is disposed of. @returns its URL */
export const serveHooks = async (hooks: readonly HttpHook[], stack: AsyncDisposableStack): Promise<string> => {
  const http = await createHttpServer({
    config: createConfig({ httpPort: 0 }),
    readiness: () => [],
    metrics: createMetrics({ version: '0', process: false }),
    jwks: () => ({ keys: [] }),
    log: silentLog,
  })
  for (const hook of hooks) http.addHook(hook)
  stack.defer(() => http.close())
  return `http://127.0.0.1:${await http.listen()}`
}
