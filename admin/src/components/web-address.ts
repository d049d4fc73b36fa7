/** The object store may be elsewhere, but it is the web. */
export const isWebAddress = (url: string): boolean => ['https:', 'http:'].includes(URL.parse(url)?.protocol ?? '')
