import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { readFile } from 'node:fs/promises'
import type { S3Access } from '../../../infra/local/minio.ts'

/** Temporary credentials, which a policy limits. */
export interface LimitedCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** The prefix for which the guide's policy is. */
export const guidePrefix = 'streams'

/** The policy of the guide, for another bucket than its own. */
export const policyOfTheGuide = async (bucket: string): Promise<string> => {
  const guide = await readFile('docs/guide/connect-kafka-and-s3.md', 'utf8')
  const [, policy] = /```json\n(.*?"Statement".*?)```/s.exec(guide) ?? []
  if (policy === undefined) throw new Error('the guide has no policy')
  return policy.replaceAll('arn:aws:s3:::bank', `arn:aws:s3:::${bucket}`)
}

/** Credentials that have what the policy gives, and no more. */
export const limitedTo = async (policy: string, store: S3Access): Promise<LimitedCredentials> => {
  const credentials = { accessKeyId: store.accessKey, secretAccessKey: store.secretKey }
  const client = new STSClient({ endpoint: store.endpoint, region: 'us-east-1', credentials })
  try {
    const role = { RoleArn: 'arn:aws:iam::0:role/limited', RoleSessionName: 'limited', Policy: policy }
    const { Credentials: given } = await client.send(new AssumeRoleCommand(role))
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given ?? {}
    if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
      throw new Error(`${store.endpoint} gives no temporary credentials`)
    return { accessKeyId, secretAccessKey, sessionToken }
  } finally {
    client.destroy()
  }
}
