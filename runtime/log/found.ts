import { sleep, type Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { Shard } from '../shard/shard.ts'
import { Snapshot } from '../shard/snapshot.ts'
import { encodeSeal } from './log-entry.ts'
import { ManifestStore } from './manifest-store.ts'
import { entryKey, rootKey } from './names.ts'
import { claim, type Incarnation } from './recover.ts'
import { writeCheckpoint } from './write-checkpoint.ts'

const by = 'restore'

/**
 * Makes a new application whose first state is `shard`: a checkpoint at the beginning of a log that is sealed before it has
 * a window, so that whoever starts recovers this state and meets nothing else (rule 29: fresh logs, markers, ids). Nothing
 * finds it before a name points to it.
 */
export const foundApplication = async (
  store: ObjectStore,
  clock: Clock,
  incarnation: Incarnation,
  shard: Shard,
  clockMs: number,
): Promise<void> => {
  const { uuid, log, application, maxParallelism, slots, markers } = incarnation
  await claim(store, clock, incarnation)
  const sealedAt = 1
  const bytes = encodeSeal({ kind: 'seal', log, number: sealedAt, by })
  // A conflict is the own earlier attempt: the log's id is random.
  for (let pause = 50; (await store.putIfAbsent(entryKey(uuid, log, sealedAt), bytes)).kind === 'unknown'; pause *= 2)
    await sleep(clock, Math.min(pause, 2_000))
  const { spread } = shard.changes
  const place = { log, number: 0, clockMs }
  const allSlots = Array.from({ length: slots }, (_, slot) => slot)
  await writeCheckpoint(store, clock, new Snapshot(shard, allSlots, clockMs), place, {
    ...{ uuid, spread, before: undefined, isAbandoned: () => false },
  })
  await new ManifestStore(store, clock, uuid, log).create({
    format: 2,
    counter: 1,
    writer: log,
    uuid,
    application,
    maxParallelism,
    slots,
    markers,
    logs: [{ log, sealedAt, drainer: undefined, drained: true }],
    checkpoint: { ...place, root: rootKey(uuid, log, 0) },
    retained: [],
    replacedBy: undefined,
  })
}
