import { openDatabase } from '#src/db/database.ts'
import { migrate } from '#src/db/migrations/migrate.ts'

const [url] = process.argv.slice(2)
const database = await openDatabase({ url, directory: '', log: console })
const { applied } = await migrate(database)
console.log(applied.join(' ') || 'nothing')
await database.close()
