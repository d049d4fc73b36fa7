/** What is known of an object from the moment it is begun: its store gives it back with it, and nobody can change it. */
export interface ObjectTraits {
  readonly contentType: string
  /** RFC 6266, as it stands in the header. */
  readonly contentDisposition: string
  /** The employee_id of whoever has put it there. */
  readonly owner: string
}

export interface StoredObject extends ObjectTraits {
  readonly size: number
}

export interface ListedObject {
  readonly key: string
  readonly size: number
  readonly modifiedAt: Date
}

export interface ListedUpload {
  readonly key: string
  readonly uploadId: string
  readonly startedAt: Date
}

export interface UploadedPart {
  readonly partNumber: number
  readonly size: number
  readonly etag: string
}

/** A request that somebody else may send, as it is: URL, method and headers are signed. */
export interface SignedRequest {
  readonly method: 'GET' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

export interface SignedForm {
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
}

export interface TemporaryCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** What is put in one request. */
export interface AnnouncedObject extends ObjectTraits {
  /** Bytes. */
  readonly size: number
  /** 64 hex digits. */
  readonly sha256?: string | undefined
}

export interface AnnouncedPart {
  readonly uploadId: string
  readonly partNumber: number
  readonly size: number
  readonly sha256?: string | undefined
}

/** Any key below the prefix, of any size up to the limit, as an attachment of one type. */
export interface FormRules {
  readonly prefix: string
  readonly owner: string
  readonly contentType: string
  readonly maxBytes: number
}

/** What temporary credentials are good for, and nothing else: to put at `put` and to get at `get`, both prefixes. */
export interface CredentialRules {
  /** Names the session in the logs of whoever gives them. */
  readonly owner: string
  readonly put: string
  readonly get: string
}

/** The store is away, or answers nothing that makes sense: nothing has become of the request, or nobody knows what. */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super('the object store is unavailable', { cause })
    this.name = 'StoreUnavailable'
  }
}

/** There is no room: nothing was kept. @param cause what says so, where it is not a quota of MChat's own */
export class StoreFull extends Error {
  constructor(cause?: unknown) {
    super('the object store has no room for this', { cause })
    this.name = 'StoreFull'
  }
}

export interface StoreAddress {
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  /** Whether the bucket stands in the path, or in the host name. */
  readonly pathStyle: boolean
}

/**
 * Where files are: one bucket, by S3's rules. An object is there as a whole or not at all. Everything throws
 * `StoreUnavailable` when the store is away; signing never asks it.
 */
export interface ObjectStore {
  /** Where clients find it. */
  readonly address: StoreAddress
  /** Signed: method, key, type, length, disposition, owner, checksum. @param seconds that it is good for */
  signPut(key: string, object: AnnouncedObject, seconds: number): Promise<SignedRequest>
  signPart(key: string, part: AnnouncedPart, seconds: number): Promise<SignedRequest>
  signGet(key: string, seconds: number): Promise<SignedRequest>
  /** A POST policy. */
  signForm(rules: FormRules, seconds: number): Promise<SignedForm>
  /** undefined: this store, or this deployment, has none to give. */
  temporaryCredentials(rules: CredentialRules, seconds: number): Promise<TemporaryCredentials | undefined>
  /** Whether there is room for so many bytes more of this owner's. A store that cannot know says yes. */
  hasRoom(owner: string, size: number): Promise<boolean>
  /** undefined: there is none. */
  head(key: string): Promise<StoredObject | undefined>
  /**
   * An object without bytes, whether or not a quota has room for it: who wants to delete something needs it.
   * @throws StoreFull with a cause
   */
  mark(key: string, traits: ObjectTraits): Promise<void>
  /** @throws StoreFull */
  put(key: string, traits: ObjectTraits, chunks: AsyncIterable<Uint8Array>): Promise<{ readonly size: number }>
  /**
   * The same bytes and traits under another key, unless there is something already.
   * @returns whether `from` is there @throws StoreFull
   */
  copy(from: string, to: string): Promise<boolean>
  /** Nothing happens where there is none. */
  delete(key: string): Promise<void>
  /** @throws StoreFull */
  beginUpload(key: string, traits: ObjectTraits): Promise<string>
  /** In the order of their numbers. undefined: there is no such upload. */
  parts(key: string, uploadId: string): Promise<readonly UploadedPart[] | undefined>
  /**
   * Makes an object of it, unless there is something already: then it is given up.
   * @returns false when there is no such upload, or a part is not there as it is named. @throws StoreFull
   */
  completeUpload(key: string, uploadId: string, parts: readonly UploadedPart[]): Promise<boolean>
  /** Nothing happens where there is none. */
  abortUpload(key: string, uploadId: string): Promise<void>
  /** In no order that could be relied on. */
  list(prefix: string): AsyncIterable<ListedObject>
  listUploads(prefix: string): AsyncIterable<ListedUpload>
  close(): void
}
