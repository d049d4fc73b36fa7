/** A row as it was: it may have moved since, or be gone. */
export interface KnownRow {
  readonly key: string
  readonly index: number
}

/** Where it is now; -1: nowhere. It is looked for where it was first, since most stay there. */
export const indexOfRow = ({ index, key }: KnownRow, count: number, keyAt: (index: number) => string): number => {
  if (index < count && keyAt(index) === key) return index
  for (let at = 0; at < count; at++) if (keyAt(at) === key) return at
  return -1
}
