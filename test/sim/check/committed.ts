import { objectKinds } from '../../../runtime/log/envelope.ts'
import { decodeManifest } from '../../../runtime/log/manifest.ts'
import { applicationKey, manifestKey } from '../../../runtime/log/names.ts'
import { readApplication } from '../../../runtime/log/read-application.ts'
import type { Recovered } from '../../../runtime/log/recover.ts'
import { utf8Decode } from '../../../runtime/model/bytes.ts'
import type { Clock } from '../../../runtime/ports/clock.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import type { Bucket } from '../world/bucket.ts'

const clock: Clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined, soon: () => undefined }

/** The bucket without a network between. */
const direct = (bucket: Bucket): ObjectStore => ({
  get: async (key) => bucket.get(key),
  putIfAbsent: async (key, bytes) => bucket.putIfAbsent(key, bytes),
  putIfMatch: async (key, bytes, etag) => bucket.putIfMatch(key, bytes, etag),
  put: async (key, bytes) => bucket.put(key, bytes),
  async *list(prefix) {
    yield* bucket.page(prefix, '', Infinity)
  },
  delete: async (keys) => bucket.delete(keys),
  close: async () => undefined,
})

const manifestOf = (bucket: Bucket, application: string) => {
  const known = bucket.get(applicationKey(application))
  if (!known) return undefined
  const { uuid } = JSON.parse(utf8Decode(known.bytes)) as { uuid: string }
  const key = manifestKey(uuid)
  const object = bucket.get(key)
  return object && decodeManifest(object.bytes, key)
}

/** All that is committed now, as whoever takes over would find it. Undefined while there is no application. */
export const committedState = async (bucket: Bucket, application: string): Promise<Recovered | undefined> => {
  const manifest = manifestOf(bucket, application)
  if (!manifest) return undefined
  return readApplication(direct(bucket), clock, manifest.uuid)
}

/** The incarnation that wrote the manifest last. */
export const ownerOf = (bucket: Bucket, application: string): string | undefined =>
  manifestOf(bucket, application)?.writer

/** Whether another incarnation has put an end to `log`: by a seal in it, or by the manifest. */
export const isSuperseded = (bucket: Bucket, application: string, log: string): boolean => {
  const manifest = manifestOf(bucket, application)
  if (!manifest) return false
  if (manifest.writer !== log) return true
  const prefix = `${manifest.uuid}/log/${log}/`
  return bucket.page(prefix, '', Infinity).some(({ key }) => bucket.get(key)?.bytes[5] === objectKinds.seal)
}
