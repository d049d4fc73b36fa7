import { readdirSync, readFileSync } from 'node:fs'

/** The kernel's clock tick on every Linux that Node runs on. */
const TICK_MICROSECONDS = 10_000

const PAGE_KILOBYTES = 4

const readProc = (path: string): string => {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

/** CPU time that the processes have used so far, user and system, in microseconds; 0 for one that has gone. */
export const cpuMicroseconds = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const stat = readProc(`${pid}/stat`)
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MICROSECONDS
  }, 0)

/** CPU time that everything on this machine has used so far, in microseconds over all cores. */
export const machineCpuMicroseconds = (): number => {
  const [, user, nice, system, , , irq, softIrq] = readProc('stat').split('\n', 1).join('').split(/\s+/).map(Number)
  return ((user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softIrq ?? 0)) * TICK_MICROSECONDS
}

export const residentKilobytes = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + Number(readProc(`${pid}/statm`).split(' ')[1] ?? 0) * PAGE_KILOBYTES, 0)

/** The process and everything that it has started: a server that moves work into children gains nothing by it. */
export const withDescendants = (pid: number): number[] => {
  let tasks: string[] = []
  try {
    tasks = readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
  const children = tasks.flatMap((task) => readProc(`${pid}/task/${task}/children`).split(' ').filter(Boolean))
  return [pid, ...children.flatMap((child) => withDescendants(Number(child)))]
}
