import { LIMITS } from '@mchat/schema'
import { DEFAULT_FILE_TYPES, fileTypes } from './file-types.ts'
import { bytes, flag, integer, type Kind, text } from './kinds.ts'
import { optional, required } from './setting.ts'
import { httpBaseUrl, httpUrl } from './url-kinds.ts'

const MiB = 1024 ** 2
const GiB = 1024 ** 3
const quota = bytes(MiB, 1024 ** 2 * GiB)

/** As S3 wants it, since it stands in host names and in what is signed. */
const bucket: Kind<string> = text('3 to 63 of a-z, 0-9, - and ., as S3 names buckets', {
  pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
})
const region: Kind<string> = text('a region such as eu-central-1', { pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,62}$' })
const roleArn: Kind<string> = text('a role such as arn:aws:iam::123456789012:role/mchat-files', {
  pattern: '^arn:[!-~]{10,2040}$',
})
/** It goes into a header as it is, and nobody types it. */
const scanSecret: Kind<string> = text('32 to 256 of A-Z, a-z, 0-9, +, /, =, _ and -', {
  pattern: '^[A-Za-z0-9+/=_-]{32,256}$',
})

/** Where files are, what they may be and how long they stay. */
export const STORAGE_SETTINGS = {
  'storage.bucket': optional(
    'MCHAT_S3_BUCKET',
    bucket,
    'Bucket of S3, or of a store that speaks as S3 does, where files are (docs/files.md). Default: none; files are in the data directory of a gateway with the embedded broker.',
  ),
  'storage.endpoint': optional(
    'MCHAT_S3_ENDPOINT',
    httpBaseUrl('https://s3.example.org'),
    'Where the gateway reaches the store, without the bucket. Default: AWS, in the region.',
  ),
  'storage.publicEndpoint': optional(
    'MCHAT_S3_PUBLIC_ENDPOINT',
    httpBaseUrl('https://files.example.org'),
    'Where clients reach the store: it stands in what is signed for them. Default: `storage.endpoint`.',
  ),
  'storage.region': required('MCHAT_S3_REGION', region, 'us-east-1', 'Region of the bucket.'),
  'storage.accessKeyId': optional(
    'MCHAT_S3_ACCESS_KEY_ID',
    text('an access key'),
    "Access key of the store. Default: whatever AWS' SDK finds (a role, the environment).",
  ),
  'storage.secretAccessKey': optional('MCHAT_S3_SECRET_ACCESS_KEY', text('a secret'), 'The secret of the access key.', {
    secret: true,
  }),
  'storage.pathStyle': required(
    'MCHAT_S3_PATH_STYLE',
    flag(),
    false,
    'Whether the bucket stands in the path of addresses instead of in the host name, as MinIO and Ceph have it by default.',
  ),
  'storage.roleArn': optional(
    'MCHAT_S3_ROLE_ARN',
    roleArn,
    'Role that temporary credentials for clients are made from (AWS STS). Default: clients get none, only signed addresses and forms.',
  ),
  'storage.stsEndpoint': optional(
    'MCHAT_S3_STS_ENDPOINT',
    httpBaseUrl('https://sts.eu-central-1.amazonaws.com'),
    'Where temporary credentials are asked for; needed with a store that is not AWS. Default: AWS STS, in the region.',
  ),
  'storage.urlMinutes': required(
    'MCHAT_FILE_URL_MINUTES',
    integer(1, LIMITS.fileUrlMinutesAtMost),
    LIMITS.fileUrlMinutes,
    'Minutes that a signed address is good for.',
  ),
  'storage.contentTypes': required(
    'MCHAT_FILE_TYPES',
    fileTypes,
    DEFAULT_FILE_TYPES,
    'What files may be declared to be.',
  ),
  'storage.days': optional(
    'MCHAT_FILE_DAYS',
    integer(1, 36_500),
    'Days after which a file is deleted. Default: it stays.',
  ),
  'storage.scanUrl': optional(
    'MCHAT_FILE_SCAN_URL',
    httpUrl('https://scanner.example.org/scan'),
    'Scanner that says of every file whether it is clean before anybody can read it (docs/files.md). Default: none.',
  ),
  'storage.scanSecret': optional(
    'MCHAT_FILE_SCAN_SECRET',
    scanSecret,
    'What the scanner knows by that it is the gateway that asks.',
    { secret: true },
  ),
  'storage.scanSeconds': required('MCHAT_FILE_SCAN_SECONDS', integer(1, 300), 60, 'Seconds that the scanner has.'),
  'storage.quotaBytesPerEmployee': required(
    'MCHAT_FILE_QUOTA_PER_EMPLOYEE',
    quota,
    10 * GiB,
    'Bytes of all files of one employee in the data directory.',
  ),
  'storage.quotaBytes': required('MCHAT_FILE_QUOTA', quota, 100 * GiB, 'Bytes of all files in the data directory.'),
} as const
