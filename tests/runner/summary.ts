/** The part of vitest's JSON report that is read here. */
export interface VitestReport {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

export interface Summary {
  readonly passed: number
  /** Tests, and files that broke before or after their tests. */
  readonly failed: number
  /** `file > test` of every test that did not run. */
  readonly skipped: readonly string[]
}

/**
 * @param report undefined when vitest wrote none
 * @param exitCode vitest's own verdict, which also knows of errors outside any test
 */
export const summarise = (report: VitestReport | undefined, exitCode: number): Summary => {
  if (report === undefined) return { passed: 0, failed: 1, skipped: [] }
  const skipped: string[] = []
  let failed = 0
  for (const file of report.testResults) {
    const failures = file.assertionResults.filter((test) => test.status === 'failed').length
    failed += failures === 0 && file.status === 'failed' ? 1 : failures
    for (const test of file.assertionResults) {
      if (test.status !== 'passed' && test.status !== 'failed') skipped.push(`${file.name} > ${test.fullName}`)
    }
  }
  return { passed: report.numPassedTests, failed: exitCode === 0 ? failed : Math.max(failed, 1), skipped }
}

/** The closing line: `N passed, N failed`, and the skipped where there are any. */
export const closingLine = ({ passed, failed, skipped }: Summary): string =>
  `${passed} passed, ${failed} failed${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}`
