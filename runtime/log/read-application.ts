import { MillraceError } from '../model/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { ManifestStore } from './manifest-store.ts'
import type { Manifest } from './manifest.ts'
import { recover, type Recovered } from './recover.ts'
import { LogReader } from './take-over.ts'

/** An owner that checkpoints faster than the state can be read is met so often before giving up. */
const attemptsMax = 10

/**
 * Reads the committed state of an application without touching anything, whether somebody runs it or not. An owner may
 * checkpoint and remove what is about to be read, which then looks like the end of its log: what was read counts only if
 * the manifest is still the same afterwards.
 */
export const readApplication = async (store: ObjectStore, clock: Clock, uuid: string): Promise<Recovered> => {
  const manifests = new ManifestStore(store, clock, uuid, 'reader')
  const reader = new LogReader(store, clock, uuid)
  for (let attempt = 1; ; attempt++) {
    const manifest = await manifests.read()
    if (!manifest)
      throw new MillraceError('APPLICATION_UNKNOWN', `the application ${uuid} has no state: it never started`)
    const read = await upToItsEnd(store, reader, manifest).catch((error: unknown) => ({ error }))
    if ((await manifests.read())?.counter === manifest.counter) {
      if ('error' in read) throw read.error
      return read
    }
    if (attempt === attemptsMax)
      throw new MillraceError(
        'STORE_UNAVAILABLE',
        'the application was checkpointed again and again while its state was read: raise checkpoint.windows, or try when there is less to do',
      )
  }
}

const upToItsEnd = async (store: ObjectStore, reader: LogReader, manifest: Manifest): Promise<Recovered> => {
  const { checkpoint } = manifest
  const logs = await Promise.all(
    manifest.logs.map(async (entry) => {
      const first = checkpoint?.log === entry.log ? checkpoint.number + 1 : 1
      return { ...entry, sealedAt: entry.sealedAt ?? (await reader.firstAbsent(entry.log, first)) }
    }),
  )
  return recover(store, reader, { ...manifest, logs })
}
