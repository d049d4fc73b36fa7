import { buildConsole } from './console-page.ts'
import { findPostgres, POSTGRES_URL, startPostgres } from './postgres.ts'

/** Once for each run of vitest: the console as it is now, and one PostgreSQL for all test files, whose processes inherit the environment. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  await buildConsole()
  if (process.env[POSTGRES_URL] !== undefined || findPostgres() === undefined) return undefined
  const server = await startPostgres()
  process.env[POSTGRES_URL] = server.url
  return async () => {
    await server[Symbol.asyncDispose]()
  }
}
