import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, release, totalmem, type } from 'node:os'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

const versionIn = (packageFile: string): string => {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version?: string }
  return version ?? 'unknown'
}

/** What a reader must know to compare the figures with others. */
export const describeMachine = (): string[] => {
  const processors = cpus()
  const aedes = join(dirname(createRequire(import.meta.url).resolve('aedes')), 'package.json')
  return [
    `${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release()}, everything on 127.0.0.1`,
    `Node ${process.versions.node}, aedes ${versionIn(aedes)}, mchat ${versionIn(join(ROOT, 'package.json'))}`,
  ]
}
