import { type RunningKafka, startKafka } from './kafka.ts'
import { type RunningMinio, type S3Access, startMinio } from './minio.ts'

/** A real Kafka and a real S3 store; `own` parts are there only when they were started here. */
export interface RealParts {
  readonly kafka: { readonly brokers: string; readonly own: RunningKafka | undefined }
  readonly s3: S3Access & { readonly own: RunningMinio | undefined }
  /** Stops what was started here; servers given by the environment stay as they are. */
  stop(): Promise<void>
}

/** The names of the settings that point tests at servers somebody else runs. */
const names = {
  brokers: 'KAFKA_BROKERS',
  endpoint: 'S3_ENDPOINT',
  key: 'AWS_ACCESS_KEY_ID',
  secret: 'AWS_SECRET_ACCESS_KEY',
}

/**
 * Gives tests a real Kafka and a real S3 store: those of KAFKA_BROKERS and S3_ENDPOINT (with AWS_ACCESS_KEY_ID and
 * AWS_SECRET_ACCESS_KEY, default minioadmin) where set, and otherwise ones started here on free ports.
 */
export async function realParts(options: { readonly heapMb?: number } = {}): Promise<RealParts> {
  const { env } = process
  const brokers = env[names.brokers]
  const endpoint = env[names.endpoint]
  const ownMinio = endpoint ? undefined : await startMinio()
  const ownKafka = brokers ? undefined : await startKafka({ heapMb: options.heapMb ?? 512 })
  const access: S3Access = ownMinio ?? {
    endpoint: endpoint!,
    accessKey: env[names.key] || 'minioadmin',
    secretKey: env[names.secret] || 'minioadmin',
  }
  const { accessKey, secretKey } = access
  return {
    kafka: { brokers: ownKafka?.brokers ?? brokers!, own: ownKafka },
    s3: { endpoint: access.endpoint, accessKey, secretKey, own: ownMinio },
    async stop() {
      await Promise.all([ownKafka?.stop(), ownMinio?.stop()])
    },
  }
}
