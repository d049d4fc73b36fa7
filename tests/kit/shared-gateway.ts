import { afterAll, beforeAll } from 'vitest'
import type { DatabaseKind } from './databases.ts'
import { type GatewayOptions, startGateway, type TestGateway } from './gateway.ts'

/** One gateway for all the tests of a suite; each test brings its own people. */
export const sharedGateway = (
  kind: DatabaseKind,
  options: Omit<GatewayOptions, 'database'> = {},
): { readonly current: TestGateway } => {
  const stack = new AsyncDisposableStack()
  let gateway: TestGateway | undefined
  beforeAll(async () => {
    const database = stack.use(await kind.open())
    gateway = stack.use(await startGateway({ ...options, database }))
  })
  afterAll(() => stack.disposeAsync())
  return {
    get current() {
      if (gateway === undefined) throw new Error('The gateway runs only while a test does.')
      return gateway
    },
  }
}
