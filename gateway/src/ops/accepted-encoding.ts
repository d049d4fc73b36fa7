/** May an answer be compressed so (RFC 9110, 12.5.3)? `br;q=0` forbids it, and what is not named is as `*` says. */
export const acceptsEncoding = (acceptEncoding: string | undefined, encoding: string): boolean => {
  const weights = new Map<string, number>()
  for (const entry of (acceptEncoding ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    weights.set(name, weight === undefined ? 1 : Number(weight))
  }
  return (weights.get(encoding) ?? weights.get('*') ?? 0) > 0
}
