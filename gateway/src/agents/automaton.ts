/** Where a pattern stands in a text: `text.slice(start, end)`. */
export interface Match<V> {
  readonly start: number
  readonly end: number
  readonly value: V
}

/** Looks for any number of literal patterns at once (Aho-Corasick): one pass over the text, however many there are. */
export interface Automaton<V> {
  /**
   * Tells every place of every pattern, overlapping ones too, in the order in which they end; of those that end
   * together the longest first.
   * @param found may return `end` to end the search, `next` to leave out the shorter ones that end at the same place
   */
  find(text: string, found: (match: Match<V>) => Answer): void
}
export type Answer = 'end' | 'next' | undefined

/**
 * Compares UTF-16 units and nothing else: whoever wants upper and lower case or normal forms to be equal folds patterns
 * and text alike. Well-formed patterns are found at whole characters only. Empty patterns are nowhere; a pattern that is
 * given several times is found with each of its values.
 */
export const createAutomaton = <V>(patterns: Iterable<readonly [pattern: string, value: V]>): Automaton<V> => {
  const values: V[] = []
  const texts: string[] = []
  for (const [pattern, value] of patterns) {
    if (pattern === '') continue
    texts.push(pattern)
    values.push(value)
  }
  const { child, depths, fail, firstEnding, longestEnding, nextEnding } = buildTrie(texts)

  return {
    find(text, found) {
      let node = 0
      for (let at = 0; at < text.length; at++) {
        const unit = text.charCodeAt(at)
        let to = child(node, unit)
        while (to === 0 && node !== 0) {
          node = fail[node] as number
          to = child(node, unit)
        }
        node = to
        let ending = longestEnding[node] as number
        search: while (ending !== 0) {
          const start = at + 1 - (depths[ending] as number)
          for (let entry = firstEnding[ending] as number; entry !== 0; entry = nextEnding[entry] as number) {
            const answer = found({ start, end: at + 1, value: values[entry - 1] as V })
            if (answer === 'end') return
            if (answer === 'next') break search
          }
          ending = longestEnding[fail[ending] as number] as number
        }
      }
    },
  }
}

/** Nodes are numbers, 0 is the root, and 0 where there is none; entries are numbers of patterns, from 1. */
interface Trie {
  child(node: number, unit: number): number
  readonly depths: Uint32Array
  /** The node of the longest proper suffix. */
  readonly fail: Uint32Array
  /** The node itself or the longest suffix of it that is a pattern. */
  readonly longestEnding: Uint32Array
  /** The first pattern that is spelt by this node, and from one to the next of the same spelling. */
  readonly firstEnding: Uint32Array
  readonly nextEnding: Uint32Array
}

/** All edges are in one hash table, since an object for each node costs ten times the memory of the words. */
const buildTrie = (patterns: readonly string[]): Trie => {
  const most = patterns.reduce((sum, pattern) => sum + pattern.length, 1)
  let parents = new Uint32Array(most)
  let units = new Uint16Array(most)
  let depths = new Uint32Array(most)
  let firstEnding = new Uint32Array(most)
  const nextEnding = new Uint32Array(patterns.length + 1)
  let edges = new Uint32Array(1024)
  let nodes = 1

  /** Where the edge is, or the free slot for it. */
  const slotOf = (node: number, unit: number): number => {
    const mask = edges.length - 1
    let slot = hash(node, unit) & mask
    for (let to = edges[slot] as number; to !== 0; to = edges[slot] as number) {
      if (parents[to] === node && units[to] === unit) break
      slot = (slot + 1) & mask
    }
    return slot
  }
  const child = (node: number, unit: number): number => edges[slotOf(node, unit)] as number
  const addChild = (node: number, unit: number): number => {
    const to = nodes++
    parents[to] = node
    units[to] = unit
    depths[to] = (depths[node] as number) + 1
    if (nodes * 2 <= edges.length) edges[slotOf(node, unit)] = to
    else {
      edges = new Uint32Array(edges.length * 2)
      for (let each = 1; each < nodes; each++) edges[slotOf(parents[each] as number, units[each] as number)] = each
    }
    return to
  }

  for (const [index, pattern] of patterns.entries()) {
    let node = 0
    for (let at = 0; at < pattern.length; at++) {
      const unit = pattern.charCodeAt(at)
      node = child(node, unit) || addChild(node, unit)
    }
    nextEnding[index + 1] = firstEnding[node] as number
    firstEnding[node] = index + 1
  }
  // Patterns that begin alike share nodes, so there are fewer than were reserved.
  parents = parents.slice(0, nodes)
  units = units.slice(0, nodes)
  depths = depths.slice(0, nodes)
  firstEnding = firstEnding.slice(0, nodes)

  const fail = new Uint32Array(nodes)
  const longestEnding = new Uint32Array(nodes)
  for (const node of byDepth(depths)) {
    const parent = parents[node] as number
    if (parent !== 0) {
      let suffix = fail[parent] as number
      let to = child(suffix, units[node] as number)
      while (to === 0 && suffix !== 0) {
        suffix = fail[suffix] as number
        to = child(suffix, units[node] as number)
      }
      fail[node] = to
    }
    longestEnding[node] = firstEnding[node] === 0 ? (longestEnding[fail[node] as number] as number) : node
  }
  return { child, depths, fail, firstEnding, longestEnding, nextEnding }
}

const hash = (node: number, unit: number): number => {
  const mixed = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit + 1, 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}

/** All nodes but the root, every one after those that are nearer to it. */
const byDepth = (depths: Uint32Array): Uint32Array => {
  const deepest = depths.reduce((most, depth) => Math.max(most, depth), 0)
  const places = new Uint32Array(deepest + 2)
  for (const depth of depths) places[depth + 1] = (places[depth + 1] as number) + 1
  for (let depth = 1; depth < places.length; depth++) {
    places[depth] = (places[depth] as number) + (places[depth - 1] as number)
  }
  const order = new Uint32Array(depths.length)
  for (const [node, depth] of depths.entries()) {
    const place = places[depth] as number
    order[place] = node
    places[depth] = place + 1
  }
  return order.subarray(1)
}
