import { restoreSavepoint, type Restored, type RestoreOptions } from '../../../runtime/coordinator/restore-savepoint.ts'
import type { RunningCoordinator } from '../../../runtime/coordinator/running.ts'
import type { CoordinatorSettings } from '../../../runtime/coordinator/settings.ts'
import { SavepointFolder } from '../../../runtime/log/savepoint/savepoint-folder.ts'
import type { Topology } from '../../../runtime/model/topology.ts'
import { nullTelemetry } from '../../../runtime/platform/null-telemetry.ts'
import { parquetFiles } from '../../../runtime/platform/parquet.ts'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { makeRunning } from './disturbed.ts'
import { eventually, type WorldOptions } from './world.ts'

export interface RestoreChange extends Partial<Omit<RestoreOptions, 'folder' | 'format'>> {
  readonly as?: string
  readonly store?: ObjectStore
  readonly kafka?: TransactionalLog
  readonly topology?: Partial<Topology>
  readonly settings?: Partial<CoordinatorSettings>
}

/** A world of a counter with a place for savepoints outside of its bucket. */
export const makeSavepointWorld = async (options: WorldOptions = {}) => {
  const made = await makeRunning(options)
  const { world } = made
  const place = memoryStore(systemClock)
  const folder = (name = 'a'): SavepointFolder => new SavepointFolder(place, systemClock, name)
  let restores = 0
  const parts = (store: ObjectStore, kafka = world.log.connect()) => ({
    clock: systemClock,
    random: seededRandom(`restore${++restores}`),
    store,
    kafka,
    clients: new Map<string, never>(),
    telemetry: nullTelemetry,
  })
  const restore = (name: string, change: RestoreChange = {}): Promise<Restored> => {
    const { as = 'fork', store = world.store, kafka, topology, settings, ...given } = change
    return restoreSavepoint(
      { ...world.topology, application: as, ...topology },
      { ...world.settings, ...settings },
      parts(store, kafka),
      {
        renamed: new Map(),
        dropped: new Set(),
        positions: { from: 'keep', offsets: [] },
        replace: false,
        ...given,
        folder: folder(name),
        format: parquetFiles,
      },
    )
  }
  const save = (running: RunningCoordinator, name = 'a') => running.savepoint(name, parquetFiles, folder(name))
  return { ...made, place, folder, parts, restore, save }
}

/** Nothing waits in the coordinator, and it has routed so many records since its start or restore. */
export const settled = (running: RunningCoordinator): Promise<true> =>
  eventually(async () => {
    // What has just been fed is taken in at the end of the turn in which it arrives.
    await running.read(() => undefined)
    const pending = await running.read((shard) => shard.pendingMessages)
    return pending === 0 && [...running.lags()].every(({ lag }) => lag === 0) && (true as const)
  })

export const countsOf = (running: RunningCoordinator): Promise<Map<string, number>> =>
  running.read(
    (shard) =>
      new Map(
        [...shard.actorsOf(shard.table('test/counter')!)].map((actor) => {
          const cells = actor.cells(0)
          const bytes = cells?.kind === 'value' ? cells.value : new Uint8Array()
          return [actor.id, bytes.length === 0 ? 0 : Buffer.from(bytes).readInt32LE(1)] as const
        }),
      ),
  )

export const stop = async (running: RunningCoordinator): Promise<void> => {
  running.drain()
  await running.ended
}
