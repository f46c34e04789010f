import type { Environment } from '../config/resolve-settings.ts'
import type { S3Settings, StorageSettings } from '../config/settings.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { bucketWarnings, readBucketRules } from '../storage/bucket-rules.ts'
import { fileSystemStore } from '../storage/file-system.ts'
import { systemClock } from '../platform/system-clock.ts'
import { s3Store } from '../storage/s3.ts'

/** Opens the bucket, or the directory that stands for one. */
export const openStore = (settings: StorageSettings, env: Environment): ObjectStore =>
  settings.kind === 'fileSystem'
    ? fileSystemStore({ directory: settings.directory })
    : s3Store({ ...settings, region: regionOf(settings, env) }, systemClock)

/** What the bucket does to its objects by itself and an operator must know of, a sentence each. */
export const storeWarnings = async (settings: StorageSettings, env: Environment): Promise<readonly string[]> => {
  if (settings.kind === 'fileSystem') return []
  const s3 = { ...settings, region: regionOf(settings, env) }
  return bucketWarnings(await readBucketRules(s3), s3)
}

/** The region is the AWS SDK's where none is set. */
const regionOf = ({ region }: S3Settings, env: Environment): string =>
  region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1'
