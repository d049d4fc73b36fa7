/**
 * What people are told. It goes to standard error, because standard output is the log: one JSON line per event and
 * nothing else.
 */
export const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}
