import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tempDirectory } from './kit/temp-directory.ts'
import { installMissingPackages } from './runner/debian-packages.ts'
import { closingLine, summarise, type VitestReport } from './runner/summary.ts'

/**
 * `npm test`: installs what is missing, runs vitest with whatever arguments were given (`npm test -- gateway/test/db`), and
 * ends with the line `N passed, N failed`. With MCHAT_TEST_ALL=1 a skipped test is a failure.
 */
const main = async (args: readonly string[]): Promise<number> => {
  installMissingPackages()
  await using directory = await tempDirectory()
  const reportPath = join(directory.path, 'report.json')
  const exitCode = await vitest([
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportPath}`,
    ...args,
  ])
  const summary = summarise(await readReport(reportPath), exitCode)
  const mayNotSkip = process.env.MCHAT_TEST_ALL === '1' && summary.skipped.length > 0
  if (mayNotSkip) console.log(['With MCHAT_TEST_ALL=1 nothing may be skipped:', ...summary.skipped].join('\n  '))
  console.log(closingLine(summary))
  return summary.failed > 0 || mayNotSkip ? 1 : 0
}

const vitest = (args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const program = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs')
    const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' })
    // A terminal sends SIGINT to both; whoever stops only this process means both as well.
    process.once('SIGTERM', () => child.kill('SIGTERM'))
    process.on('SIGINT', () => undefined)
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })

const readReport = async (path: string): Promise<VitestReport | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}

process.exitCode = await main(process.argv.slice(2))
