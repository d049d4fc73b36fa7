import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What a test does to the process that it runs in, or asks of it: other files in the same process would find the one and
 * falsify the other.
 */
const TOUCHES_PROCESS: readonly RegExp[] = [
  /\bvi\.(?:spyOn|stub\w+|useFakeTimers|setSystemTime|mock|doMock|hoisted|resetModules)\b/,
  /(?<![-/\w])process\.(?!(?:argv|cwd|env|execPath|getuid|hrtime|kill|nextTick|pid|platform|version|versions)\b)\w+/,
  /(?<![-/\w])process\.env(?:\.\w+|\[\w+\]) \??=[^=]/,
  /\bglobalThis\.\w+ =[^=]/,
  /from 'node:(?:perf_hooks|v8|inspector)'/,
  /\bgc\(\)/,
]

/** Whether a test file has to have a process of its own; all others share a few, which load what they import once. */
export const needsOwnProcess = (text: string): boolean => TOUCHES_PROCESS.some((pattern) => pattern.test(text))

/** Of all the files that the patterns name, those that need a process of their own, as paths from the root. */
export const filesWithOwnProcess = (root: string, include: readonly string[]): string[] =>
  globSync(include, { cwd: root }).filter((path) => needsOwnProcess(readFileSync(join(root, path), 'utf8')))
