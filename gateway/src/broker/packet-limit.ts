import type { Duplex } from 'node:stream'

/**
 * Ends a connection that announces an MQTT packet larger than the limit, at the packet's first bytes: mqtt-packet would
 * collect up to 256 MiB before anyone could look at it.
 *
 * It follows the fixed headers (MQTT 3.1.1, 2.2) through what aedes reads by standing in for `read`; a stream in between
 * would cost a copy of every packet and several kilobytes per connection.
 * @param onTooLarge called once, before the connection is destroyed
 */
export const limitPackets = (connection: Duplex, maxBytes: number, onTooLarge: () => void): void => {
  const read = connection.read.bind(connection)
  const frames = createFrameWalker(maxBytes)
  connection.read = (size?: number) => {
    const chunk: unknown = read(size)
    if (!Buffer.isBuffer(chunk) || frames(chunk)) return chunk
    onTooLarge()
    connection.destroy()
    return null
  }
}

/** Follows packet boundaries over chunks of any size; answers false as soon as a packet is too large or malformed. */
export const createFrameWalker = (maxBytes: number): ((chunk: Buffer) => boolean) => {
  /** Bytes of the current packet still to come; -1: in its length; -2: before its first byte. */
  let remaining = -2
  let length = 0
  let shift = 0
  return (chunk) => {
    let i = 0
    while (i < chunk.length) {
      if (remaining > 0) {
        const step = Math.min(remaining, chunk.length - i)
        remaining -= step
        i += step
        if (remaining === 0) remaining = -2
        continue
      }
      const byte = chunk[i++] as number
      if (remaining === -2) {
        remaining = -1
        length = 0
        shift = 0
        continue
      }
      length += (byte & 0x7f) * 2 ** shift
      shift += 7
      if (length > maxBytes || shift > 28) return false
      if ((byte & 0x80) === 0) remaining = length === 0 ? -2 : length
    }
    return true
  }
}
