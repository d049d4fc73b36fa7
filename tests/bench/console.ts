/** What the console costs whoever looks at it, with many people and many rows: `npm run bench:console -- --help`. */
import { parseArgs } from 'node:util'
import { openDatabase } from '../../gateway/src/db/database.ts'
import { chromiumMissing } from '../kit/chromium.ts'
import { buildConsole, startConsoleBrowser } from '../kit/console-page.ts'
import { startPostgres } from '../kit/postgres.ts'
import { prepareDatabase } from '../kit/prepared-database.ts'
import { tempDirectory } from '../kit/temp-directory.ts'
import { type ConsoleFigure, figureRow } from './console-figures.ts'
import { auditFigures, firstLoadFigures, organisationFigures } from './console-tour.ts'
import { fill, largeOrganisation } from './large-organisation.ts'
import { describeMachine } from './machine.ts'
import { placeGateway } from './measured-gateway.ts'
import { cpuMicroseconds, withDescendants } from './process-usage.ts'
import { toMarkdown } from './result-tables.ts'

const USAGE = `npm run bench:console -- [options]

  --people <n>   in the organisation (20000)
  --flat         all of them in one department, with one manager; otherwise in departments four levels deep
  --rounds <n>   of opening the organisation, each in a browser that has never seen it; 0: without (5)
  --rate <n>     rows a second that arrive in the audit log (100)
  --seconds <n>  of them (10)
  --postgres     with PostgreSQL in the place of PGlite, which works within the gateway

CPU time is that of the page's main thread, and of the gateway where it says so: less dependent than the rest on what else the
machine has to do.`

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '20000' },
    flat: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
    postgres: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const main = async (): Promise<void> => {
  if (values.help) return console.log(USAGE)
  if (chromiumMissing !== '') throw new Error(`There is no browser${chromiumMissing}.`)
  await buildConsole()
  for (const fact of describeMachine()) console.log(fact)
  const [people, rounds] = [Number(values.people), Number(values.rounds)]
  await using directory = await tempDirectory('mchat-bench-console-')
  await using postgres = values.postgres ? await startPostgres() : undefined
  const place = await placeGateway({ directory: directory.path, postgresUrl: postgres?.url })
  if (postgres === undefined) await prepareDatabase(place.dataDir)
  const first = await place.start()
  first.kill('SIGTERM')
  await first.finished
  const database = await openDatabase({ url: postgres?.url, directory: place.dataDir, log: { info() {}, warn() {} } })
  await fill(database, largeOrganisation(people, values.flat ? 'flat' : 'deep', new Date()))
  await database.close()
  await using gateway = await place.start()
  const admin = await place.firstAdmin()
  await using browser = await startConsoleBrowser()
  const tour = {
    people,
    async open() {
      const tab = await browser.open({ httpPort: place.httpPort })
      // A busy machine makes the figures worse, and not the bench fail.
      tab.page.setDefaultTimeout(300_000)
      return tab
    },
    admin,
    gatewayCpuMs: () => cpuMicroseconds(withDescendants(gateway.pid)) / 1000,
  }
  const figures: ConsoleFigure[] = [
    ...(await firstLoadFigures(tour)),
    ...(rounds > 0 ? await organisationFigures(tour, rounds) : []),
  ]
  const device = await place.connect(admin)
  figures.push(...(await auditFigures(tour, device, Number(values.rate), Number(values.seconds))))
  const table = {
    title: `${people.toLocaleString('en')} people, ${values.flat ? 'in one department' : 'four levels of departments'}, ${postgres === undefined ? 'PGlite' : 'PostgreSQL'}`,
    columns: ['', 'measured', 'target', ''],
    rows: figures.map(figureRow),
    notes: [],
  }
  console.log(toMarkdown(table))
}

await main()
process.exit()
