import { type ClientRequest, request } from 'node:http'

/** As much of a browser's XMLHttpRequest as an upload uses, with what a browser forbids. */
export class FakeXhr {
  static made: FakeXhr[] = []
  readonly upload: { onprogress: ((event: { loaded: number }) => void) | null } = { onprogress: null }
  status = 0
  responseText = ''
  aborted = false
  onload: (() => void) | null = null
  onerror: (() => void) | null = null
  readonly #headers: Record<string, string> = {}
  #method = ''
  #url = ''
  #request: ClientRequest | undefined

  constructor() {
    FakeXhr.made.push(this)
  }

  open(method: string, url: string): void {
    this.#method = method
    this.#url = url
  }

  setRequestHeader(name: string, value: string): void {
    if (/^(content-length|host)$/i.test(name)) throw new Error(`Refused to set unsafe header "${name}"`)
    this.#headers[name] = value
  }

  send(body: Blob): void {
    void this.#send(body)
  }

  abort(): void {
    this.aborted = true
    this.#request?.destroy()
  }

  async #send(body: Blob): Promise<void> {
    const content = Buffer.from(await body.arrayBuffer())
    const headers = { ...this.#headers, 'content-length': content.byteLength }
    this.#request = request(this.#url, { method: this.#method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        this.status = response.statusCode ?? 0
        this.responseText = Buffer.concat(chunks).toString()
        this.onload?.()
      })
    })
    this.#request.on('error', () => {
      if (!this.aborted) this.onerror?.()
    })
    const half = content.byteLength >> 1
    this.#request.write(content.subarray(0, half), () => this.upload.onprogress?.({ loaded: half }))
    this.#request.end(content.subarray(half), () => this.upload.onprogress?.({ loaded: content.byteLength }))
  }
}
