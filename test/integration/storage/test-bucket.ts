import { createBucket, startMinio } from '../../../infra/local/minio.ts'
import type { S3Settings } from '../../../runtime/storage/s3-settings.ts'

export interface TestBucket {
  readonly settings: S3Settings
  dispose(): Promise<void>
}

/** A fresh bucket in the store that S3_ENDPOINT names, else in a MinIO of its own. */
export const testBucket = async (purpose: string): Promise<TestBucket> => {
  const bucket = `millrace-${purpose}-${Date.now().toString(36)}`
  const given = process.env['S3_ENDPOINT']
  const running = given === undefined ? await startMinio() : undefined
  const access = {
    endpoint: given ?? running!.endpoint,
    accessKey: process.env['AWS_ACCESS_KEY_ID'] ?? 'minioadmin',
    secretKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'minioadmin',
  }
  await createBucket(access, bucket)
  return {
    settings: {
      endpoint: access.endpoint,
      region: 'us-east-1',
      bucket,
      prefix: '',
      credentials: { accessKeyId: access.accessKey, secretAccessKey: access.secretKey },
      pathStyle: true,
      requestTimeoutMs: 15_000,
    },
    dispose: async () => running?.stop(),
  }
}
