import { readdir, readFile, readlink } from 'node:fs/promises'

/** Addresses and ports of the TCP sockets on which this process listens, as Linux tells them. */
export const listening = async (): Promise<{ readonly address: string; readonly port: number }[]> => {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  const own = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]))
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/self/net/${name}`, 'utf8')))
  const rows = tables.flatMap((table) => table.trim().split('\n').slice(1)).map((row) => row.trim().split(/\s+/))
  return rows
    .filter(([, , , state, , , , , , inode]) => state === LISTEN && own.has(inode))
    .map(([, local = '']) => {
      const [address = '', port = ''] = local.split(':')
      return { address: address.length === 8 ? dotted(address) : address, port: Number.parseInt(port, 16) }
    })
}

const LISTEN = '0A'

/** The kernel prints an IPv4 address as a number of the machine, which has its lowest byte first. */
const dotted = (hex: string): string => [...Buffer.from(hex, 'hex').reverse()].join('.')
