import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TempDirectory extends AsyncDisposable {
  readonly path: string
}

/** `await using directory = await tempDirectory()`: an empty directory that is gone, with all that is in it, afterwards. */
export const tempDirectory = async (prefix = 'mchat-test-', within = tmpdir()): Promise<TempDirectory> => {
  const path = await mkdtemp(join(within, prefix))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}
