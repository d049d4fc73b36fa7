/** JSON as RFC 8259 has it, read by other means than JSON.parse, with what JSON.parse does not tell. */
export interface ReadJson {
  readonly value: unknown
  /** Every member name of every object. */
  readonly names: readonly string[]
  readonly hasDuplicates: boolean
}

/** @throws SyntaxError */
export const readJson = (text: string): ReadJson => {
  let at = 0
  let hasDuplicates = false
  const names: string[] = []

  const fail = (): never => {
    throw new SyntaxError(`at ${at}`)
  }
  const take = (pattern: RegExp): string | undefined => {
    const sticky = new RegExp(pattern.source, 'y')
    sticky.lastIndex = at
    const found = sticky.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  const skipSpace = (): void => {
    take(/[ \t\n\r]*/)
  }
  const expectOne = (character: string): void => {
    if (text[at] !== character) fail()
    at++
  }

  const string = (): string => {
    const literal = take(/"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/) ?? fail()
    if ([...literal].some((character) => character < ' ')) fail()
    const named: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
    return literal
      .slice(1, -1)
      .replace(/\\(?:u(.{4})|(.))/g, (_, hex: string | undefined, letter: string) =>
        hex === undefined ? (named[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
      )
  }
  const items = (close: string, item: () => void): void => {
    at++
    skipSpace()
    if (text[at] !== close) {
      item()
      while (text[at] === ',') {
        at++
        item()
      }
    }
    expectOne(close)
  }
  const array = (): unknown[] => {
    const elements: unknown[] = []
    items(']', () => elements.push(value()))
    return elements
  }
  const object = (): Record<string, unknown> => {
    const members = new Map<string, unknown>()
    items('}', () => {
      skipSpace()
      const name = string()
      skipSpace()
      expectOne(':')
      hasDuplicates ||= members.has(name)
      names.push(name)
      members.set(name, value())
    })
    return Object.fromEntries(members)
  }
  const value = (): unknown => {
    skipSpace()
    const read = one()
    skipSpace()
    return read
  }
  const one = (): unknown => {
    if (text[at] === '{') return object()
    if (text[at] === '[') return array()
    if (text[at] === '"') return string()
    const word = take(/true|false|null/)
    if (word !== undefined) return word === 'null' ? null : word === 'true'
    return Number(take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/) ?? fail())
  }

  const read = value()
  if (at !== text.length) fail()
  return { value: read, names, hasDuplicates }
}
