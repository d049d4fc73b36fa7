import { findPostgres, POSTGRES_URL, prepareTemplate, startPostgres } from './postgres.ts'

/** Once for each run of vitest: one PostgreSQL for all test files. Their processes inherit the environment. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const given = process.env[POSTGRES_URL]
  if (given !== undefined) {
    await prepareTemplate(given)
    return undefined
  }
  if (findPostgres() === undefined) return undefined
  const server = await startPostgres()
  await prepareTemplate(server.url)
  process.env[POSTGRES_URL] = server.url
  return () => server[Symbol.asyncDispose]()
}
