/** An id for a request that is kept beside what is to be done; `randomUUID` is only there behind TLS. */
export const newSeqId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
