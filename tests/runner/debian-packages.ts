import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { hasChromium } from '../kit/chromium.ts'
import { hasPaho } from '../kit/paho.ts'
import { findPostgres } from '../kit/postgres.ts'

interface DebianPackage {
  readonly name: string
  /** The process that its service would start. */
  readonly service?: { readonly name: string; readonly process: string }
  /** What cannot be tested without it. */
  readonly suites: string
  isInstalled(): boolean
}

const PACKAGES: readonly DebianPackage[] = [
  {
    name: 'mosquitto',
    service: { name: 'mosquitto', process: 'mosquitto' },
    suites: 'the suites on a Mosquitto broker',
    isInstalled: () => onPath('mosquitto'),
  },
  {
    name: 'mosquitto-clients',
    suites: 'the suites with foreign MQTT clients',
    isInstalled: () => onPath('mosquitto_pub'),
  },
  {
    name: 'postgresql',
    service: { name: 'postgresql', process: 'postgres' },
    suites: 'the suites on PostgreSQL',
    isInstalled: () => findPostgres() !== undefined,
  },
  {
    name: 'python3-paho-mqtt',
    suites: 'the faults of a cluster, whose clients are of two implementations',
    isInstalled: hasPaho,
  },
  {
    name: 's3cmd',
    suites: 'the suite with foreign clients of the object store',
    isInstalled: () => onPath('s3cmd'),
  },
  {
    name: 'rclone',
    suites: 'the suite with foreign clients of the object store',
    isInstalled: () => onPath('rclone'),
  },
  {
    name: 'chromium-headless-shell',
    suites: 'the suites in a browser',
    isInstalled: hasChromium,
  },
]

/** `/usr/sbin` too, where Debian has servers and a user's PATH has not. */
const onPath = (program: string): boolean =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin'].some((directory) => existsSync(`${directory}/${program}`))

/**
 * Installs what the tests need and this machine lacks, where that can be done without asking: as root on Debian. Elsewhere,
 * and when it fails, says in one command how, and which suites are skipped until then.
 */
export const installMissingPackages = (): void => {
  const missing = PACKAGES.filter((each) => !each.isInstalled())
  if (missing.length === 0) return
  const install = ['install', '--yes', '--no-install-recommends', ...missing.map((each) => each.name)]
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    console.log(`Installing ${missing.map((each) => each.name).join(', ')} …`)
    const before = processes()
    if (aptGet(['update'])) aptGet(install)
    stopServicesStartedSince(before, missing)
  }
  const stillMissing = missing.filter((each) => !each.isInstalled())
  if (stillMissing.length === 0) return
  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  console.log(
    `Missing here: ${stillMissing.map((each) => each.name).join(', ')}. To install: ${sudo}apt-get ${install.join(' ')}`,
  )
  for (const each of stillMissing) console.log(`Without ${each.name} these are skipped: ${each.suites}.`)
}

const aptGet = (args: readonly string[]): boolean => {
  // With RUNLEVEL=1 Debian's scripts install a service without starting it.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const { status, stdout, stderr, error } = spawnSync('apt-get', args, { env, encoding: 'utf8' })
  if (status === 0) return true
  console.log(`apt-get ${args.join(' ')} failed:\n${error?.message ?? `${stdout}${stderr}`.trim().slice(-2000)}`)
  return false
}

/** A server that was there before is somebody's; one that came with the package would only be in the way. */
const stopServicesStartedSince = (before: ReadonlyMap<number, string>, packages: readonly DebianPackage[]): void => {
  for (const { service } of packages) {
    if (service === undefined) continue
    const started = () => [...processes()].filter(([pid, name]) => name === service.process && !before.has(pid))
    if (started().length === 0) continue
    spawnSync('service', [service.name, 'stop'])
    for (const [pid] of started()) {
      try {
        process.kill(pid, 'SIGTERM')
      } catch {
        // It has just ended by itself.
      }
    }
  }
}

/** Names of processes by pid. */
const processes = (): Map<number, string> => {
  const found = new Map<number, string>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      found.set(Number(entry), readFileSync(`/proc/${entry}/comm`, 'utf8').trim())
    } catch {
      // It ended while we looked.
    }
  }
  return found
}
