import { readdir, readlink } from 'node:fs/promises'

/** Of this process: connections, whoever has opened them. */
export const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

/** Files of this process that are open below a directory; none are seen where there is no /proc. */
export const openFilesIn = async (directory: string): Promise<string[]> => {
  const numbers = await readdir('/proc/self/fd').catch(() => [])
  const paths = await Promise.all(numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => '')))
  return paths.filter((path) => path.startsWith(directory))
}
