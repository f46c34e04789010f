import type { Environment } from '../config/resolve-settings.ts'
import type { StorageSettings } from '../config/settings.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { fileSystemStore } from '../storage/file-system.ts'
import { s3Store } from '../storage/s3.ts'

/** Opens the bucket, or the directory that stands for one. The region is the AWS SDK's where none is set. */
export const openStore = (settings: StorageSettings, env: Environment): ObjectStore => {
  if (settings.kind === 'fileSystem') return fileSystemStore({ directory: settings.directory })
  const region = settings.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1'
  return s3Store({ ...settings, region })
}
