import { isMillraceError } from '../model/errors.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'

/** So long reads are tried again; one that is under way then still counts. */
const patienceMs = 5_000

/**
 * A store whose reads do not fail at the first answer that does not come. Recovery reads hundreds of objects, so that on a
 * store which fails one request of ten it would never end, and whoever restarts it would have sealed the log of a healthy
 * elder before. Writes stay as they are: to try one again turns one's own success into a conflict (rule 5).
 */
export const patientReads = (store: ObjectStore, clock: Clock): ObjectStore => ({
  async get(key) {
    const since = clock.monotonic()
    for (let pause = 20; ; pause = Math.min(pause * 2, 1_000))
      try {
        return await store.get(key)
      } catch (error) {
        const passing = isMillraceError(error) && error.code === 'STORE_UNAVAILABLE'
        if (!passing || clock.monotonic() - since + pause > patienceMs) throw error
        await sleep(clock, pause)
      }
  },
  putIfAbsent: (key, bytes) => store.putIfAbsent(key, bytes),
  putIfMatch: (key, bytes, etag) => store.putIfMatch(key, bytes, etag),
  put: (key, bytes) => store.put(key, bytes),
  list: (prefix) => store.list(prefix),
  delete: (keys) => store.delete(keys),
  close: () => store.close(),
})
