import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { ConnectionWriter } from '#src/broker/connection-writer.ts'

/** A stream that notes what each write brought, and takes nothing further while it is held. */
class Sink extends Duplex {
  readonly writes: string[] = []
  held: (() => void) | undefined
  holds = false

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(chunk.toString())
    if (this.holds) this.held = done
    else done()
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('what is written in one turn goes out in one write, in order', async () => {
  const sink = new Sink()
  const writer = new ConnectionWriter(sink, () => {})
  for (const part of ['a', 'b', 'c']) writer.write(Buffer.from(part))
  expect(sink.writes).toEqual([])
  await turn()
  writer.write(Buffer.from('d'))
  await turn()
  expect(sink.writes).toEqual(['abc', 'd'])
})

test('counts what it holds and what the stream has not got rid of', async () => {
  const sink = new Sink()
  sink.holds = true
  const writer = new ConnectionWriter(sink, () => {})
  writer.write(Buffer.alloc(10))
  expect(writer.bufferedBytes).toBe(10)
  await turn()
  expect(writer.bufferedBytes).toBe(10)
  writer.write(Buffer.alloc(5))
  expect(writer.bufferedBytes).toBe(15)
  await turn()
  expect(writer.bufferedBytes).toBe(15)
  sink.holds = false
  sink.held?.()
  await turn()
  expect(writer.bufferedBytes).toBe(0)
})

test('leaves the largest packet out of its backlog, until everything is handed over', async () => {
  const sink = new Sink()
  sink.holds = true
  const writer = new ConnectionWriter(sink, () => {})
  for (const bytes of [3, 1000, 7]) writer.write(Buffer.alloc(bytes))
  expect(writer.backlogBytes).toBe(10)
  await turn()
  expect(writer.backlogBytes).toBe(10)
  sink.holds = false
  sink.held?.()
  await turn()
  expect(writer.backlogBytes).toBe(0)
  writer.write(Buffer.alloc(5))
  writer.write(Buffer.alloc(20))
  expect(writer.backlogBytes).toBe(5)
})

test('writes to a connection that is gone are dropped', async () => {
  const sink = new Sink()
  const writer = new ConnectionWriter(sink, () => {})
  writer.write(Buffer.from('late'))
  sink.destroy()
  await turn()
  writer.write(Buffer.from('later'))
  await turn()
  expect(sink.writes).toEqual([])
  expect(writer.bufferedBytes).toBe(0)
})

test('writes to a connection that is half closed are dropped', async () => {
  const sink = new Sink()
  const writer = new ConnectionWriter(sink, () => {})
  sink.end()
  writer.write(Buffer.from('late'))
  await turn()
  expect(sink.writes).toEqual([])
})

test('passes on why it is ended', () => {
  const reasons: string[] = []
  new ConnectionWriter(new Sink(), (reason) => reasons.push(reason)).end('queue overflow')
  expect(reasons).toEqual(['queue overflow'])
})
