/** Of characters that nobody writes. */
export const MARK = '\uE0FF\uE0FE'

/**
 * Errors, and formulas that no program has calculated, are empty to the parser, and what is empty changes nothing: somebody
 * would lose their manager without a word. They are marked, so that they are found where it reads them.
 *
 * It goes through the sheet once, since whoever sends one may have written it to be slow: a pattern from a beginning to its
 * end would look through the rest of the sheet again for each beginning that has none.
 */
export const withMarks = (xml: string): string => {
  const beginning = /<((?:\w+:)?)c(?=[\s>])/g
  // Of whatever prefix: there is no cell in a cell.
  const ending = /<\/(?:\w+:)?c\s*>/g
  const parts: string[] = []
  let taken = 0
  for (let begin = beginning.exec(xml); begin !== null; begin = beginning.exec(xml)) {
    const opened = xml.indexOf('>', beginning.lastIndex)
    if (opened === -1) break
    beginning.lastIndex = opened
    if (xml[opened - 1] === '/') continue
    ending.lastIndex = opened
    const end = ending.exec(xml)
    if (end === null) break
    const attributes = xml.slice(begin.index, opened)
    if (isWithoutValue(attributes, xml.slice(opened + 1, end.index)))
      parts.push(xml.slice(taken, begin.index), markedCell(begin[1] ?? '', attributes))
    else parts.push(xml.slice(taken, ending.lastIndex))
    taken = ending.lastIndex
    beginning.lastIndex = taken
  }
  return parts.join('') + xml.slice(taken)
}

const isWithoutValue = (attributes: string, content: string): boolean => {
  const [, , type = 'n'] = /\st\s*=\s*(["'])(\w+)\1/.exec(attributes) ?? []
  if (type !== 'n') return type === 'e'
  return /<(?:\w+:)?f[\s/>]/.test(content) && !/<(?:\w+:)?v>[^<]/.test(content)
}

const markedCell = (prefix: string, attributes: string): string => {
  const place = /\sr\s*=\s*(["'])\w+\1/.exec(attributes)?.[0] ?? ''
  const [open, close] = [`<${prefix}is><${prefix}t>`, `</${prefix}t></${prefix}is>`]
  return `<${prefix}c${place} t="inlineStr">${open}${MARK}${close}</${prefix}c>`
}
