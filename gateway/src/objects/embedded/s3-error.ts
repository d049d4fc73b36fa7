/** What S3 answers with (docs.aws.amazon.com, "Error responses"): the codes that are used here. */
export const S3_ERRORS = {
  AccessDenied: [403, 'Access Denied.'],
  BadDigest: [400, 'The checksum you gave does not match what was received.'],
  EntityTooLarge: [400, 'More was sent than is allowed.'],
  EntityTooSmall: [400, 'Less was sent than is asked for.'],
  IncompleteBody: [400, 'Less was sent than was announced.'],
  InternalError: [500, 'Something went wrong.'],
  InvalidArgument: [400, 'An argument is invalid.'],
  InvalidPart: [400, 'A part is not there as it is named, or they are not in order.'],
  InvalidRange: [416, 'That range is not in the object.'],
  KeyTooLongError: [400, 'The key is empty, too long or too deep.'],
  MalformedPOSTRequest: [400, 'The form cannot be read.'],
  MalformedXML: [400, 'The body cannot be read.'],
  MetadataTooLarge: [400, 'The metadata is too long.'],
  MethodNotAllowed: [405, 'That cannot be done here.'],
  MissingContentLength: [411, 'Content-Length is needed.'],
  NoSuchBucket: [404, 'There is no such bucket.'],
  NoSuchKey: [404, 'There is no such object.'],
  NoSuchUpload: [404, 'There is no such upload.'],
  NotImplemented: [501, 'This is not implemented, and nothing was done.'],
  PreconditionFailed: [412, 'A condition of the request is not met.'],
  QuotaExceeded: [403, 'There is no room left.'],
  RequestTimeTooSkewed: [403, 'The time of the request is too far off.'],
  SignatureDoesNotMatch: [403, 'The signature is wrong.'],
  XAmzContentSHA256Mismatch: [400, 'The body is not what was signed.'],
} as const satisfies Record<string, readonly [number, string]>
export type S3ErrorCode = keyof typeof S3_ERRORS

/** A refusal as S3 words it. */
export class S3Error extends Error {
  readonly code: S3ErrorCode
  /** Sent with it. */
  readonly headers: Readonly<Record<string, string>>
  /** @param detail instead of the usual sentence */
  constructor(code: S3ErrorCode, detail: string = S3_ERRORS[code][1], headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.name = 'S3Error'
    this.code = code
    this.headers = headers
  }
  get status(): number {
    return S3_ERRORS[this.code][0]
  }
}

export const notImplemented = (what: string): S3Error =>
  new S3Error('NotImplemented', `${what} is not implemented, and nothing was done.`)
