import type { STSClient } from '@aws-sdk/client-sts'
import type { Config } from '../config.ts'
import type { CredentialRules, TemporaryCredentials } from './object-store.ts'
import type { S3Timeouts } from './s3-clients.ts'
import { failureOf } from './s3-errors.ts'
import type { StoreCredentials } from './sign.ts'
import { within } from './within.ts'

/** STS takes no less. */
const LEAST_SECONDS = 900
const ATTEMPTS = 2

export interface TemporaryCredentialsSource {
  /** @returns undefined where the deployment has no role for it @throws StoreUnavailable */
  give(rules: CredentialRules, seconds: number): Promise<TemporaryCredentials | undefined>
  close(): void
}

export const createTemporaryCredentials = (
  { bucket = '', region, roleArn, stsEndpoint }: Config['storage'],
  credentials: () => Promise<StoreCredentials>,
  { answerMs, connectMs }: S3Timeouts,
): TemporaryCredentialsSource => {
  let client: STSClient | undefined

  const assume = async (role: string, rules: CredentialRules, seconds: number): Promise<TemporaryCredentials> => {
    // Loaded when it is needed: most deployments have no role.
    const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts')
    client ??= new STSClient({
      region,
      credentials,
      maxAttempts: ATTEMPTS,
      requestHandler: { connectionTimeout: connectMs },
      ...(stsEndpoint === undefined ? {} : { endpoint: stsEndpoint }),
    })
    const sts = client
    const command = new AssumeRoleCommand({
      RoleArn: role,
      RoleSessionName: sessionNameOf(rules.owner),
      DurationSeconds: Math.max(LEAST_SECONDS, Math.ceil(seconds)),
      Policy: policyOf(`${partitionOf(role)}:s3:::${bucket}`, rules),
    })
    const answer = await within(answerMs, (abortSignal) => sts.send(command, { abortSignal }))
    const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials ?? {}
    if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
      throw new Error('STS answered without credentials.')
    }
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  }

  return {
    async give(rules, seconds) {
      if (roleArn === undefined) return undefined
      try {
        return await assume(roleArn, rules, seconds)
      } catch (error) {
        throw failureOf(error)
      }
    },
    close: () => client?.destroy(),
  }
}

/** `arn:aws`, or that of the part of AWS the role is in; other stores name their buckets as AWS does. */
const partitionOf = (role: string): string => /^arn:aws[a-z-]*(?=:)/.exec(role)?.[0] ?? 'arn:aws'

/** 2 to 64 of what STS takes: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const sessionNameOf = (owner: string): string =>
  owner
    .replace(/[^A-Za-z0-9_+=,.@-]/g, '-')
    .slice(0, 64)
    .padEnd(2, '-')

/** What the session may do of what the role may. */
const policyOf = (bucketArn: string, { get, put }: CredentialRules): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 's3:PutObject', Resource: `${bucketArn}/${plain(put)}*` },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: `${bucketArn}/${plain(get)}*` },
    ],
  })

/** A wildcard or a variable in a prefix would reach other people's files. */
const plain = (prefix: string): string => {
  if (!/^[A-Za-z0-9._/-]+\/$/.test(prefix)) throw new RangeError('That is no prefix of files.')
  return prefix
}
