import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  type LifecycleRule,
} from '@aws-sdk/client-s3'
import { s3Client } from './s3-client.ts'
import type { S3Settings } from './s3-settings.ts'

/** What a bucket does to its objects by itself, as far as the store tells. */
export interface BucketRules {
  readonly lifecycle: readonly LifecycleRule[]
  readonly isVersioned: boolean
}

/**
 * Asks a bucket for its lifecycle rules and for versioning. A store that does not know them, and credentials that may not
 * read them (`s3:GetLifecycleConfiguration`, `s3:GetBucketVersioning`), are no reason to fail: what is not told is not there.
 */
export const readBucketRules = async (settings: S3Settings): Promise<BucketRules> => {
  const { client } = s3Client(settings)
  const Bucket = settings.bucket
  const abortSignal = AbortSignal.timeout(settings.requestTimeoutMs)
  try {
    const [lifecycle, versioning] = await Promise.allSettled([
      client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }), { abortSignal }),
      client.send(new GetBucketVersioningCommand({ Bucket }), { abortSignal }),
    ])
    return {
      lifecycle: lifecycle.status === 'fulfilled' ? (lifecycle.value.Rules ?? []) : [],
      isVersioned: versioning.status === 'fulfilled' && versioning.value.Status === 'Enabled',
    }
  } finally {
    client.destroy()
  }
}

/** Rule 30: what an operator must be warned of, a sentence each; `prefix` is that of Millrace's objects. */
export const bucketWarnings = ({ lifecycle, isVersioned }: BucketRules, { bucket, prefix }: S3Settings): string[] => {
  const ours = prefix.replace(/^\/+|\/+$/g, '')
  const rules = lifecycle.filter((rule) => rule.Status === 'Enabled' && concerns(rule, ours === '' ? '' : `${ours}/`))
  const warnings = rules.flatMap((rule) => {
    const does = rule.Expiration?.Days !== undefined || rule.Expiration?.Date ? 'deletes' : 'moves'
    if (does === 'moves' && !rule.Transitions?.length) return []
    return [
      `lifecycle rule ${rule.ID ?? '(without an id)'} of bucket ${bucket} ${does} objects below prefix "${ours}": the state ` +
        `may be lost (STORE_CORRUPT), and a process that wakes up late not be stopped. Limit the rule to other prefixes`,
    ]
  })
  const isSwept = rules.some((rule) => rule.NoncurrentVersionExpiration)
  if (isVersioned && !isSwept)
    warnings.push(
      `bucket ${bucket} keeps old versions, and no lifecycle rule expires them below prefix "${ours}": what Millrace deletes ` +
        `and replaces stays there and is paid for. Add a rule with NoncurrentVersionExpiration`,
    )
  return warnings
}

/** Objects of Millrace have no tags, so that a rule for tagged ones leaves them alone. */
const concerns = ({ Filter, Prefix }: LifecycleRule, ours: string): boolean => {
  if (Filter?.Tag ?? Filter?.And?.Tags?.length) return false
  const theirs = Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? ''
  return theirs.startsWith(ours) || ours.startsWith(theirs)
}
