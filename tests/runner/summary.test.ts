import { expect, test } from 'vitest'
import { closingLine, summarise, type VitestReport } from './summary.ts'

const file = (status: string, ...tests: string[]): VitestReport['testResults'][number] => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((each, index) => ({ fullName: `test ${index}`, status: each })),
})
const report = (...testResults: VitestReport['testResults']): VitestReport => ({
  numPassedTests: testResults.flatMap((each) => each.assertionResults).filter((each) => each.status === 'passed')
    .length,
  testResults,
})

test('passed and failed tests are counted', () => {
  const summary = summarise(report(file('failed', 'passed', 'failed', 'failed'), file('passed', 'passed')), 1)
  expect(closingLine(summary)).toBe('2 passed, 2 failed')
  expect(closingLine(summarise(report(file('passed', 'passed')), 0))).toBe('1 passed, 0 failed')
})

test('skipped and unfinished tests are named', () => {
  const summary = summarise(report(file('passed', 'passed', 'skipped', 'todo', 'pending')), 0)
  expect(closingLine(summary)).toBe('1 passed, 0 failed, 3 skipped')
  expect(summary.skipped[0]).toBe('a.test.ts > test 1')
})

test('a file that broke outside its tests is a failure', () => {
  expect(closingLine(summarise(report(file('failed')), 1))).toBe('0 passed, 1 failed')
  expect(closingLine(summarise(report(file('failed', 'skipped')), 1))).toBe('0 passed, 1 failed, 1 skipped')
})

test('so is an error outside any file, and a run without a report', () => {
  expect(closingLine(summarise(report(file('passed', 'passed')), 1))).toBe('1 passed, 1 failed')
  expect(closingLine(summarise(undefined, 0))).toBe('0 passed, 1 failed')
})
