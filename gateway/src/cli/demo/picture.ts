import { crc32, deflateSync } from 'node:zlib'
import { type MChatClient, RequestRejectedError } from '@mchat/sdk'
import { say } from '../say.ts'
import { GROUPS } from './organisation.ts'

const WIDTH = 480
const HEIGHT = 270

/** Sends a picture to a group, and says where it can be looked at for a while. Nothing where there is no object store. */
export const showPicture = async (admin: MChatClient): Promise<void> => {
  const [{ group_id: groupId, name }] = GROUPS
  const options = { name: 'sunrise.png', contentType: 'image/png', groupId, width: WIDTH, height: HEIGHT }
  try {
    const { key } = await admin.files.send(sunrise(), options)
    say(`A picture was sent to ${name}; for a quarter of an hour it is at\n  ${await admin.files.downloadUrl(key)}`)
  } catch (error) {
    if (!(error instanceof RequestRejectedError) || error.reason !== 'no_storage') throw error
  }
}

/** A sun over the sea, as PNG (RFC 2083). */
const sunrise = (): Uint8Array<ArrayBuffer> => {
  const rows = Array.from({ length: HEIGHT }, (_, y) => {
    const row = Buffer.alloc(1 + WIDTH * 3)
    for (let x = 0; x < WIDTH; x++) row.set(colourAt(x, y), 1 + x * 3)
    return row
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(WIDTH, 0)
  header.writeUInt32BE(HEIGHT, 4)
  // 8 bits of red, green and blue.
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const chunk = (type: string, data: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(type), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}

const HORIZON = 0.62 * HEIGHT

const colourAt = (x: number, y: number): readonly [number, number, number] => {
  const away = Math.hypot(x - WIDTH / 2, y - HORIZON)
  if (y < HORIZON && away < HEIGHT / 5) return [255, 214, 120]
  const isSea = y >= HORIZON
  const height = isSea ? (y - HORIZON) / (HEIGHT - HORIZON) : 1 - y / HORIZON
  const glow = Math.max(0, 1 - away / WIDTH) * 90
  const [red, green, blue] = isSea
    ? [70 - 50 * height, 90 - 40 * height, 140 - 50 * height]
    : [250 - 160 * height, 150, 120 + 90 * height]
  return [Math.min(255, red + glow), Math.min(255, green + glow / 2), blue]
}
