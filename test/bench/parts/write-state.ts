import { applicationUuid } from '../../../runtime/log/application.ts'
import { encodeWindow } from '../../../runtime/log/log-entry.ts'
import { ManifestStore } from '../../../runtime/log/manifest-store.ts'
import { entryKey, rootKey } from '../../../runtime/log/names.ts'
import { takeOver } from '../../../runtime/log/recover.ts'
import type { Root } from '../../../runtime/log/root.ts'
import { writeCheckpoint } from '../../../runtime/log/write-checkpoint.ts'
import { noBytes } from '../../../runtime/model/bytes.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { systemRandom } from '../../../runtime/platform/system-random.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import { randomId } from '../../../runtime/ports/random.ts'
import { Snapshot } from '../../../runtime/shard/snapshot.ts'
import type { Shard } from '../../../runtime/shard/shard.ts'

/** State of `keys` keys; `shardOf` makes it for those from `first` on and before `end`. */
export interface MadeState {
  readonly keys: number
  /** That are in memory at a time. */
  readonly keysAtOnce: number
  readonly shardOf: (first: number, end: number) => Shard
}

/** Stores an application with state, as a coordinator would that died then. */
export const writeState = async (store: ObjectStore, application: string, state: MadeState): Promise<void> => {
  const { keys, keysAtOnce, shardOf } = state
  const uuid = await applicationUuid(store, systemClock, systemRandom, application, true)
  const log = randomId(systemRandom)
  const manifests = new ManifestStore(store, systemClock, uuid, log)
  const markers = { topic: `${application}-markers`, partitions: 16 }
  const slots = 24
  const incarnation = { uuid, application, log, maxParallelism: 960, slots, markers }
  const { spread } = (await takeOver(store, systemClock, manifests, incarnation)).shard.changes
  let before: Root | undefined
  for (let first = 0, number = 1; first < Math.max(1, keys); first += keysAtOnce, number++) {
    const clockMs = systemClock.now()
    const hint = { number: 0, offset: 0 }
    const window = { kind: 'window' as const, log, number, nonce: `${number}`, clockMs, hint }
    await store.putIfAbsent(entryKey(uuid, log, number), encodeWindow({ ...window, journal: noBytes, outbox: noBytes }))
    const snapshot = new Snapshot(shardOf(first, Math.min(keys, first + keysAtOnce)), [], 0)
    const options = { uuid, spread, before, isAbandoned: () => false }
    const place = { log, number, clockMs }
    before = await writeCheckpoint(store, systemClock, snapshot, place, options)
    await manifests.update({ checkpoint: { ...place, root: rootKey(uuid, log, number) } })
  }
}
