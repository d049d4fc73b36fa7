/** Parameters of S3, one after the other, by method; `-` is none. */
type Table = Readonly<Record<string, string>>

const OF_AN_OBJECT: Table = {
  PUT:
    'acl tagging retention legal-hold torrent versionId=null restore append append&position=0 partNumber=1 uploadId=x ' +
    'partNumber=1&uploadId=x&acl partnumber=1&uploadid=x uploads renameObject encryption annotation ACL x = prefix= ' +
    'list-type=2 response-content-type=text%2Fhtml x-amz-acl=public-read X-Amz-Acl=public-read x-amz-tagging=a%3Db ' +
    'x-amz-signature=0 x-amz-credential=x x-amz-copy-source=%2Fmchat-files%2Fother&x',
  POST:
    '- restore select&select-type=2 uploads&uploadId=x uploads&acl uploadId=x&partNumber=1 delete append&position=0 ' +
    'x-id=CreateMultipartUpload versionId=null&restore',
  DELETE: 'acl tagging versionId=null uploadId=x&partNumber=1 uploads legal-hold retention x',
  GET:
    'acl tagging retention legal-hold torrent versionId=null attributes partNumber=1 uploads restore list-type=2 ' +
    'response-content-type=text%2Fhtml response-content-disposition=inline',
  HEAD: 'versionId=null partNumber=1 acl',
  PATCH: '-',
}

const OF_THE_BUCKET: Table = {
  PUT:
    '- acl tagging cors lifecycle website policy notification inventory&id=x versioning encryption object-lock ' +
    'replication logging requestPayment accelerate analytics&id=x metrics&id=x ownershipControls publicAccessBlock ' +
    'intelligent-tiering&id=x',
  POST: 'delete metadataConfiguration x',
  DELETE: '- cors lifecycle website policy tagging encryption replication publicAccessBlock',
  GET:
    '- prefix=mchat list-type=1 list-type=2&x acl tagging cors lifecycle website policy policyStatus notification ' +
    'inventory&id=x versioning versions encryption object-lock replication logging requestPayment accelerate session ' +
    'location&x uploads&delimiter=%2F',
  HEAD: 'acl',
}

const requests = (path: string, table: Table) =>
  Object.entries(table).flatMap(([method, queries]) =>
    queries.split(' ').map((query) => ({ method, path, query: query === '-' ? '' : query })),
  )

/** Requests that S3 knows, or could, and the embedded store does not. */
export const notImplementedRequests = (bucket: string, object: string) => [
  ...requests(object, OF_AN_OBJECT),
  ...requests(bucket, OF_THE_BUCKET),
  ...requests(`${bucket}/`, { PUT: 'acl', POST: 'delete', DELETE: 'policy', GET: 'policy' }),
]

/** What belongs to an object of S3, and is not kept here. */
export const NOT_KEPT: readonly Readonly<Record<string, string>>[] = [
  { 'cache-control': 'max-age=3600' },
  { 'cache-control': 'public, no-cache' },
  { 'cache-control': '' },
  { 'content-language': 'de' },
  { expires: 'Sun, 22 Nov 2099 00:00:00 GMT' },
]

/** What clients send by themselves, and browsers where nothing is to come from a cache: it is not about the object. */
export const OF_THE_CLIENT: readonly Readonly<Record<string, string>>[] = [
  { 'cache-control': 'no-cache', pragma: 'no-cache' },
  { 'cache-control': 'max-age=0' },
  { 'cache-control': 'No-Store, no-cache' },
  { 'content-encoding': 'identity' },
  { 'accept-encoding': 'gzip, deflate, br, zstd', 'accept-language': 'de', 'user-agent': 'x' },
  { origin: 'https://chat.example.org', referer: 'https://chat.example.org/', 'sec-fetch-mode': 'cors' },
  { 'x-amz-storage-class': 'STANDARD', 'x-amz-acl': 'private' },
]

/** Headers of a PUT that would make it mean something else, or put something else there. */
export const NOT_IMPLEMENTED_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'x-amz-copy-source': '/mchat-files/mchat/employee/ann/report', 'x-amz-metadata-directive': 'REPLACE' },
  { 'x-amz-copy-source': '/mchat-files/mchat/employee/ann/report?versionId=1' },
  { 'x-amz-copy-source': '/mchat-files/other', 'x-amz-copy-source-range': 'bytes=0-1' },
  { 'x-amz-copy-source': '/mchat-files/other', 'x-amz-copy-source-if-match': '*' },
  { 'x-amz-copy-source': '/mchat-files/other', 'x-amz-tagging-directive': 'REPLACE' },
  { 'x-amz-copy-source-range': 'bytes=0-1' },
  { 'x-amz-website-redirect-location': '/' },
  { 'x-amz-server-side-encryption': 'AES256' },
  { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' },
  { 'x-amz-object-lock-mode': 'GOVERNANCE' },
  { 'x-amz-object-lock-legal-hold': 'ON' },
  { 'x-amz-tagging': 'a=b' },
  { 'x-amz-acl': 'public-read' },
  { 'x-amz-grant-read': 'id=x' },
  { 'x-amz-storage-class': 'GLACIER' },
  { 'x-amz-write-offset-bytes': '0' },
  { 'x-amz-checksum-crc32c': 'AAAAAA==' },
  { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' },
  { 'x-amz-sdk-checksum-algorithm': 'CRC32C' },
  { 'x-amz-trailer': 'x-amz-checksum-crc32' },
  { 'x-amz-decoded-content-length': '3' },
  { 'x-amz-expected-bucket-owner': '123456789012' },
  { 'x-amz-request-payer': 'requester' },
  { 'x-amz-security-token': 'x' },
  { 'x-amz-bypass-governance-retention': 'true' },
  { 'x-amz-': 'x' },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'aws-chunked' },
  { 'content-encoding': 'aws-chunked,gzip' },
  ...NOT_KEPT,
  { 'content-range': 'bytes 0-2/1000' },
  { range: 'bytes=0-2' },
  { 'if-match': '*' },
  { 'if-match': '"00000000000000000000000000000000"' },
  { 'if-none-match': '"00000000000000000000000000000000"' },
  { 'if-unmodified-since': 'Sun, 22 Nov 2026 00:00:00 GMT' },
]
