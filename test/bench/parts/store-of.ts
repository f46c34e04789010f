import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { s3Store } from '../../../runtime/storage/s3.ts'
import type { BenchParts } from './bench-parts.ts'

/** The bucket of a run. */
export const storeOf = ({ bucket, s3: { endpoint, accessKey, secretKey } }: BenchParts): ObjectStore => {
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  const at = { bucket, prefix: '', region: 'us-east-1', endpoint, pathStyle: true, credentials }
  return s3Store({ ...at, requestTimeoutMs: 60_000 }, systemClock)
}
