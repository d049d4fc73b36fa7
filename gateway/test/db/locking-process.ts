import { acquireDirectoryLock } from '#src/db/directory-lock.ts'

const [directory = ''] = process.argv.slice(2)
try {
  await acquireDirectoryLock(directory)
  console.log('held')
  setInterval(() => undefined, 1000)
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
}
