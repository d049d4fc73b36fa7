import type { SliceableBytes, StreamSource, UploadSource } from './byte-source.ts'
import { type Download, type DownloadOptions, downloadFile } from './download.ts'
import { captureCallSite, MChatClientError, UploadInterruptedError, type UploadResume, withCallSite } from './errors.ts'
import { createOperations, type Operation } from './file-operations.ts'
import { requireSendOptions, requireUploadOptions } from './file-options.ts'
import type { FilesContext } from './files-context.ts'
import type { Content, MsgSendGroupOutput, MsgSendPrivateInput, MsgSendPrivateOutput } from './generated/types.ts'
import { ANY_TYPE, type UploadedFile, type UploadOptions, uploadFile } from './upload.ts'

/** Of a picture, in pixels: for those who make room for it before they have it. */
export interface PictureSize {
  readonly width?: number
  readonly height?: number
}

export interface SendFileOptions extends Omit<UploadOptions, 'toEmployeeId' | 'groupId'>, PictureSize {
  /** Further fields of the message, as the contract names them: `quote_msg_id`, `mentions`, … */
  readonly message?: Omit<MsgSendPrivateInput, 'to_employee_id' | 'content'>
}

export interface FileCallOptions {
  /** Gives up with `AbortedError`. */
  readonly signal?: AbortSignal
}

/** What is answered to the message, and where the file is. */
export type SentFile<Sent> = Sent & Pick<UploadedFile, 'key'>

/**
 * Files, straight to and from the object store: the gateway only says whether one may. A store that is away, or that fails
 * in a way that may pass, is asked again for about half a minute.
 */
export interface Files {
  /**
   * Puts a file there: up to 100 MiB in one piece, above that in parts, of which only those are sent again that fail. A
   * part is read when its turn comes; of a stream, one part for each that is on its way is in memory, or the one piece.
   * @throws {UploadInterruptedError} parts were sent, and the rest can be sent later; `cause` says why, as below
   * @throws {StoreError} the store did not take it
   * @throws {RequestRejectedError} `quota_exceeded`, `file_refused` by the scanner of the deployment, `no_storage`, …
   * @throws {AbortedError} {@link UploadOptions.signal} fired
   * @throws {ClientClosedError} the client was closed
   * @throws {TypeError} the source is nothing that can be uploaded, or is not as it was announced; or the options are none,
   * which a misspelt recipient is
   * @throws whatever reading the source throws
   */
  upload(source: Blob | SliceableBytes | Uint8Array | ArrayBuffer, options?: UploadOptions): Promise<UploadedFile>
  upload(source: StreamSource, options: UploadOptions & { readonly size: number }): Promise<UploadedFile>
  /**
   * Uploads for a conversation, and sends a message there: an `image`, where it is a picture that the deployment takes as
   * one, else a `file`. Where it is the message that fails, the file is there; who wants to repeat only the message calls
   * `upload`, and sends what {@link contentOfFile} makes of it.
   * @throws as `upload` and `MChatClient.request`
   */
  send(
    source: UploadSource,
    options: SendFileOptions & { readonly toEmployeeId: string; readonly groupId?: never },
  ): Promise<SentFile<MsgSendPrivateOutput>>
  send(
    source: UploadSource,
    options: SendFileOptions & { readonly groupId: string; readonly toEmployeeId?: never },
  ): Promise<SentFile<MsgSendGroupOutput>>
  /**
   * @throws {StoreError} the store did not give it; once the body is read, from there
   * @throws {RequestRejectedError} `file_not_found`, `forbidden` (the right to see it was lost), `file_refused`, …
   * @throws {AbortedError} {@link DownloadOptions.signal} fired
   * @throws {ClientClosedError} the client was closed
   */
  download(key: string, options?: DownloadOptions): Promise<Download>
  /** An address for an `<img>` or a link, good for some minutes. Whoever has it can read the file. */
  downloadUrl(key: string, options?: FileCallOptions): Promise<string>
  /** Deletes a file of one's own, or gives up an upload that broke off. */
  delete(file: string | UploadResume, options?: FileCallOptions): Promise<void>
}

export interface OpenFiles {
  readonly files: Files
  /** Ends everything that is under way, at once. */
  close(error: () => MChatClientError): void
}

/** What a message about a file says. */
export const contentOfFile = (file: UploadedFile, { height, width }: PictureSize = {}): Content => {
  const { contentType, key, name, size } = file
  if (!contentType.startsWith('image/')) return { type: 'file', body: { key, name, size, mime: contentType } }
  const edges = { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) }
  return { type: 'image', body: { key, ...edges, size } }
}

type AnySendOptions = SendFileOptions & { readonly toEmployeeId?: string; readonly groupId?: string }

export const createFiles = (context: FilesContext): OpenFiles => {
  const operations = createOperations()
  const typeOf = createTypes(context)

  /** @param isHandedOn the operation goes on after it has succeeded, and ends itself */
  const run = async <T>(
    outer: AbortSignal | undefined,
    below: (...args: never[]) => unknown,
    work: (operation: Operation) => Promise<T>,
    isHandedOn = false,
  ): Promise<T> => {
    const site = captureCallSite(below)
    const operation = operations.begin(outer)
    const { signal } = operation
    let succeeded = false
    try {
      signal.throwIfAborted()
      const result = await work(operation)
      succeeded = true
      return result
    } catch (error) {
      // What a request says of it is less: only that it was given up.
      const thrown = signal.aborted && !(error instanceof UploadInterruptedError) ? signal.reason : error
      throw thrown instanceof MChatClientError ? withCallSite(thrown, site) : thrown
    } finally {
      if (!(succeeded && isHandedOn)) operation.end()
    }
  }

  const upload = (source: UploadSource, options: UploadOptions = {}): Promise<UploadedFile> =>
    run(options.signal, upload, async ({ signal }) => {
      requireUploadOptions(options)
      return await uploadFile(source, options, signal, typeOf, context)
    })

  const send = (source: UploadSource, options: AnySendOptions): Promise<unknown> =>
    run(options.signal, send, async ({ signal }) => {
      requireSendOptions(options)
      const { groupId, message, toEmployeeId = '' } = options
      const file = await uploadFile(source, options, signal, typeOf, context)
      const about = { ...message, content: contentOfFile(file, options) }
      const sent =
        groupId === undefined
          ? await context.request('msg.send_private', { ...about, to_employee_id: toEmployeeId }, { signal })
          : await context.request('msg.send_group', { ...about, group_id: groupId }, { signal })
      return { ...sent, key: file.key }
    })

  const download = (key: string, options: DownloadOptions = {}): Promise<Download> =>
    run(options.signal, download, (operation) => downloadFile(key, options, operation, context), true)

  const downloadUrl = (key: string, { signal: outer }: FileCallOptions = {}): Promise<string> =>
    run(outer, downloadUrl, async ({ signal }) => (await context.request('file.download_url', { key }, { signal })).url)

  const deleteFile = (file: string | UploadResume, { signal: outer }: FileCallOptions = {}): Promise<void> =>
    run(outer, deleteFile, async ({ signal }) => {
      const about = typeof file === 'string' ? { key: file } : { key: file.key, upload_id: file.uploadId }
      await context.request('file.delete', about, { signal })
    })

  return {
    files: { upload, send: send as Files['send'], download, downloadUrl, delete: deleteFile },
    close: (error) => operations.close(error),
  }
}

/** What the deployment takes a type as. It is asked once which there are. */
const createTypes = ({ request }: FilesContext) => {
  let taken: readonly string[] | undefined
  return async (type: string, signal: AbortSignal): Promise<string> => {
    const [essence = ''] = type.toLowerCase().split(';')
    const wanted = essence.trim()
    if (wanted === '' || wanted === ANY_TYPE) return ANY_TYPE
    taken ??= (await request('config.storage', {}, { signal })).content_types
    return taken.includes(wanted) ? wanted : ANY_TYPE
  }
}
