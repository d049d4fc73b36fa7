/**
 * A code as somebody typed or pasted it: apps show theirs in groups, and Chinese keyboards may write digits in full width.
 * Hyphens stay; the gateway ignores those of recovery codes.
 */
export const typedCode = (typed: string | undefined): string =>
  (typed ?? '').normalize('NFKC').replaceAll(/[\s\p{Cf}]/gu, '')
