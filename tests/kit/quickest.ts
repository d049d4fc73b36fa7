/** Ten times what the slowest of ours takes; a search that tries again at each character of a long text takes a minute. */
export const MOMENT_MS = 500

/** Milliseconds of this thread in the quickest of three runs: what it takes, however busy the machine is. */
export const quickest = async (run: () => unknown): Promise<number> => {
  const times: number[] = []
  for (let round = 0; round < 3; round++) {
    const before = process.threadCpuUsage()
    await run()
    const { system, user } = process.threadCpuUsage(before)
    times.push((system + user) / 1000)
  }
  return Math.min(...times)
}
