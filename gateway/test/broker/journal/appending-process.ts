/**
 * Appends numbered records to the journal in argv[2] as fast as it can, from argv[3] on, and prints the number of each
 * once it is acknowledged. Meant to be killed.
 */
import fs from 'node:fs'
import { openJournal } from '../../../src/broker/journal/file-journal.ts'

const [, , directory = '', from = '0'] = process.argv
const options = {
  directory,
  key: Buffer.alloc(32, 'k'),
  fsync: 'never',
  segmentBytes: 300_000,
  report: () => undefined,
} as const

const journal = await openJournal(options, () => undefined)
let next = Number(from)

function appendSome(): void {
  const count = 1 + Math.floor(Math.random() * 40)
  for (let i = 0; i < count; i++) {
    const number = next++
    const record = Buffer.from(`${number} ${'x'.repeat(number % 700)}`)
    journal.append(record, (error) => {
      fs.writeSync(1, error === undefined ? `${number}\n` : `failed: ${error.message}\n`)
      if (i === count - 1) appendSome()
    })
  }
}
appendSome()
