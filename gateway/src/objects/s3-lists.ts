import { ListMultipartUploadsCommand, ListObjectsV2Command, ListPartsCommand, type S3Client } from '@aws-sdk/client-s3'
import type { ObjectStore, UploadedPart } from './object-store.ts'
import { ask } from './s3-ask.ts'
import { isMissing } from './s3-errors.ts'

interface S3ListsParts {
  readonly client: S3Client
  readonly bucket: string
  readonly pageSize: number
  /** For each page. */
  readonly answerMs: number
}

export const createS3Lists = (given: S3ListsParts): Pick<ObjectStore, 'list' | 'listUploads' | 'parts'> => {
  const { answerMs, bucket: Bucket, client, pageSize } = given
  return {
    async *list(prefix) {
      let token: string | undefined
      do {
        const command = new ListObjectsV2Command({
          Bucket,
          Prefix: prefix,
          MaxKeys: pageSize,
          ContinuationToken: token,
        })
        const page = await ask(answerMs, (signal) => client.send(command, signal))
        for (const { Key, LastModified, Size = 0 } of page?.Contents ?? []) {
          if (Key !== undefined && LastModified !== undefined) yield { key: Key, size: Size, modifiedAt: LastModified }
        }
        token = page?.IsTruncated === true ? page.NextContinuationToken : undefined
      } while (token !== undefined)
    },

    async *listUploads(prefix) {
      let after: { readonly KeyMarker: string; readonly UploadIdMarker: string | undefined } | undefined
      do {
        const command = new ListMultipartUploadsCommand({ Bucket, Prefix: prefix, MaxUploads: pageSize, ...after })
        const page = await ask(answerMs, (signal) => client.send(command, signal))
        for (const { Initiated, Key, UploadId } of page?.Uploads ?? []) {
          if (Key === undefined || UploadId === undefined || Initiated === undefined) continue
          yield { key: Key, uploadId: UploadId, startedAt: Initiated }
        }
        const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page ?? {}
        const hasMore = IsTruncated === true && NextKeyMarker !== undefined
        after = hasMore ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined
      } while (after !== undefined)
    },

    async parts(key, uploadId) {
      const found: UploadedPart[] = []
      let marker: string | undefined
      do {
        const command = new ListPartsCommand({
          Bucket,
          Key: key,
          UploadId: uploadId,
          MaxParts: pageSize,
          PartNumberMarker: marker,
        })
        const page = await ask(answerMs, (signal) => client.send(command, signal), isMissing)
        if (page === undefined) return undefined
        for (const { ETag, PartNumber, Size = 0 } of page.Parts ?? []) {
          if (ETag !== undefined && PartNumber !== undefined)
            found.push({ partNumber: PartNumber, size: Size, etag: ETag })
        }
        marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined
      } while (marker !== undefined)
      return found.sort((a, b) => a.partNumber - b.partNumber)
    },
  }
}
