/** What files cost: `npm run bench:files -- --help`. */
import { createReadStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { LIMITS, type OutputOf } from '../../schema/src/index.ts'
import type { Device } from '../kit/device.ts'
import { tempDirectory } from '../kit/temp-directory.ts'
import { describeMachine } from './machine.ts'
import { placeGateway } from './measured-gateway.ts'
import { residentKilobytes, withDescendants } from './process-usage.ts'

const USAGE = `npm run bench:files -- [options]

  --seconds <n>    of signing (5)
  --mebibytes <n>  of the file (1024)
  --under <path>   where the directories are made (the system's for temporary files, which may be memory)`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    mebibytes: { type: 'string', default: '1024' },
    under: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const MiB = 1024 ** 2
const SECONDS = Number(values.seconds)
const SIZE = Number(values.mebibytes) * MiB
/** Requests under way at a time, as of many clients. */
const AT_ONCE = 64

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

/** Most memory of a process while something is done, and before it. */
const watched = async (pid: number, work: () => Promise<number>) => {
  const resident = (): number => residentKilobytes(withDescendants(pid)) / 1024
  const before = resident()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, resident())
  }, 20)
  const seconds = await work()
  clearInterval(timer)
  return { seconds, growth: most - before }
}

const fill = async (path: string): Promise<void> => {
  const file = await open(path, 'w')
  const block = Buffer.alloc(MiB)
  for (let at = 0; at < SIZE; at += MiB) {
    block.writeDoubleLE(at, 0)
    await file.write(block, 0, Math.min(MiB, SIZE - at))
  }
  await file.sync()
  await file.close()
}

/** As `cp`, and as durable as the store answers. */
const copy = async (from: string, to: string): Promise<void> => {
  const target = await open(to, 'w')
  await pipeline(createReadStream(from, { highWaterMark: MiB }), target.createWriteStream({ flush: true }))
}

const send = (url: string, method: string, headers: Readonly<Record<string, string>>, body?: NodeJS.ReadableStream) =>
  new Promise<void>((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`))))
      response.resume()
    })
    sent.on('error', reject)
    if (body === undefined) sent.end()
    else body.pipe(sent)
  })

const measureSigning = async (ann: Device): Promise<void> => {
  const about = { file_name: 'photo.png', content_type: 'image/png', size: 1000 }
  let signed = 0
  const ends = performance.now() + SECONDS * 1000
  const sign = async (): Promise<void> => {
    while (performance.now() < ends) {
      await ann.call('file.upload_url', about)
      signed++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sign))
  console.log(`file.upload_url, answered over MQTT: ${Math.round(signed / SECONDS)} a second`)
}

const measureTransfer = async (ann: Device, pid: number, directory: string): Promise<void> => {
  const source = join(directory, 'source')
  await fill(source)
  const inCopy = await timed(() => copy(source, join(directory, 'copy')))
  await rm(join(directory, 'copy'))
  const {
    key,
    upload_id = '',
    part_count = 0,
  } = await ann.call('file.upload_url', {
    file_name: 'film.mp4',
    content_type: 'video/mp4',
    size: (await stat(source)).size,
  })
  const row = (name: string, { growth, seconds }: { growth: number; seconds: number }): void => {
    const rate = Math.round(SIZE / MiB / seconds)
    console.log(
      `${name}: ${rate} MiB/s, ${(inCopy / seconds).toFixed(2)} of a copy on the same disk, +${Math.round(growth)} MiB`,
    )
  }
  console.log(`a copy of ${SIZE / MiB} MiB, flushed: ${Math.round(SIZE / MiB / inCopy)} MiB/s`)
  const put = await watched(pid, () =>
    timed(async () => {
      for (let next = 1; next <= part_count; next++) {
        const { parts } = await ann.call('file.part_urls', { key, upload_id, parts: [{ part_number: next }] })
        const [{ headers, size, url }] = parts as [OutputOf<'file.part_urls'>['parts'][number]]
        const start = (next - 1) * LIMITS.filePartBytes
        await send(url, 'PUT', headers, createReadStream(source, { start, end: start + size - 1, highWaterMark: MiB }))
      }
    }),
  )
  row('upload in parts', put)
  row(
    'putting them together',
    await watched(pid, () => timed(() => ann.call('file.complete', { key, upload_id }, { timeoutMs: 120_000 }))),
  )
  const { headers, url } = await ann.call('file.download_url', { key })
  row('download', await watched(pid, () => timed(() => send(url, 'GET', headers))))
}

const main = async (): Promise<void> => {
  if (values.help) return console.log(USAGE)
  for (const fact of describeMachine()) console.log(fact)
  await using directory = await tempDirectory('mchat-bench-files-', values.under)
  const place = await placeGateway({ directory: directory.path })
  await using gateway = await place.start()
  const ann = await place.connect(await place.firstAdmin())
  await measureSigning(ann)
  await measureTransfer(ann, gateway.pid, directory.path)
}

await main()
process.exit()
