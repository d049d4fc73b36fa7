import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import type { ObjectTraits, StoredObject } from './object-store.ts'

/** The metadata that says whose an object is; `x-amz-meta-owner` in a request. */
const OWNER = 'owner'

export const traitFields = (traits: ObjectTraits) => ({
  ContentType: traits.contentType,
  ContentDisposition: traits.contentDisposition,
  Metadata: { [OWNER]: traits.owner },
})

/** What somebody else has put there may lack some of it. */
export const storedObjectOf = (found: HeadObjectCommandOutput): StoredObject => ({
  size: found.ContentLength ?? 0,
  contentType: found.ContentType ?? 'application/octet-stream',
  contentDisposition: found.ContentDisposition ?? '',
  owner: found.Metadata?.[OWNER] ?? '',
})
