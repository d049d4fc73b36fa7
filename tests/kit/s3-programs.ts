import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EMBEDDED_BUCKET } from '../../gateway/src/objects/embedded-store.ts'
import type { ObjectServer } from './object-server.ts'

const S3CMD = '/usr/bin/s3cmd'
const RCLONE = '/usr/bin/rclone'

/** Why Debian's clients of S3 cannot be run here, for the name of a suite; empty when they can. */
export const s3ProgramsMissing: string = [S3CMD, RCLONE].every((path) => existsSync(path))
  ? ''
  : ' (skipped: s3cmd and rclone are not installed)'

export interface Outcome {
  /** 0: all went well. */
  readonly exitCode: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs it with these arguments, and ends it after a minute. */
export type S3Program = (...args: readonly string[]) => Promise<Outcome>

/** Programs that are clients of this server, with configurations in a directory of theirs. */
export const s3Programs = async (
  { credentials, url }: Pick<ObjectServer, 'credentials' | 'url'>,
  directory: string,
): Promise<{ readonly s3cmd: S3Program; readonly rclone: S3Program; readonly bucket: string }> => {
  const { host } = new URL(url)
  const { accessKeyId, secretAccessKey } = credentials
  const [s3cmdFile, rcloneFile] = [join(directory, 's3cmd.conf'), join(directory, 'rclone.conf')]
  await writeFile(
    s3cmdFile,
    `[default]
access_key = ${accessKeyId}
secret_key = ${secretAccessKey}
host_base = ${host}
host_bucket = ${host}
bucket_location = us-east-1
use_https = False
max_retries = 1
`,
  )
  await writeFile(
    rcloneFile,
    `[store]
type = s3
provider = Other
access_key_id = ${accessKeyId}
secret_access_key = ${secretAccessKey}
endpoint = ${url}
region = us-east-1
force_path_style = true
list_version = 2
no_check_bucket = true
`,
  )
  // Of this process they would take proxies and certificates, too.
  const env = { PATH: process.env.PATH, HOME: directory, LC_ALL: 'C.UTF-8' }
  const program =
    (path: string, first: readonly string[]): S3Program =>
    (...args) =>
      new Promise((resolve) => {
        const options = { env, cwd: directory, encoding: 'buffer', timeout: 60_000, maxBuffer: 64 * 1024 ** 2 } as const
        execFile(path, [...first, ...args], options, (error, stdout, stderr) => {
          resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr: stderr.toString() })
        })
      })
  return {
    s3cmd: program(S3CMD, ['--config', s3cmdFile, '--no-progress']),
    rclone: program(RCLONE, ['--config', rcloneFile, '--retries', '1', '--low-level-retries', '1']),
    bucket: EMBEDDED_BUCKET,
  }
}
