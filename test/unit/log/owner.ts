import { deleteAll, trimLog } from '../../../runtime/log/collect.ts'
import { Committer, type CommitOutcome } from '../../../runtime/log/commit.ts'
import { slotsToRewrite } from '../../../runtime/log/compaction.ts'
import { KeptRoots } from '../../../runtime/log/kept-roots.ts'
import { ManifestStore } from '../../../runtime/log/manifest-store.ts'
import { rootKey } from '../../../runtime/log/names.ts'
import { takeOver, type Recovered } from '../../../runtime/log/recover.ts'
import type { Root } from '../../../runtime/log/root.ts'
import { StoreClock } from '../../../runtime/log/store-clock.ts'
import { writeCheckpoint } from '../../../runtime/log/write-checkpoint.ts'
import { noBytes } from '../../../runtime/model/bytes.ts'
import type { Clock } from '../../../runtime/ports/clock.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import { Journal } from '../../../runtime/shard/journal.ts'
import type { Shard } from '../../../runtime/shard/shard.ts'
import { Snapshot } from '../../../runtime/shard/snapshot.ts'

export const uuid = 'app'
export const markers = { topic: 'm', partitions: 16 }

/** What windows and checkpoints have made: the items of one list, one for each window. */
export const itemsOf = (shard: Shard): number[] => {
  const table = shard.table('t/list')
  const cells = table && shard.find(table, 'all')?.cells(0)
  return cells?.kind === 'list' ? cells.items.map(([item]) => item ?? -1) : []
}

/** An incarnation as far as its log goes: takes over, commits windows, checkpoints and trims. */
export class Owner {
  readonly log: string
  readonly manifests: ManifestStore
  recovered!: Recovered
  number = 0
  root: Root | undefined
  private readonly store: ObjectStore
  private readonly clock: Clock
  private readonly committer: Committer
  private readonly journal = new Journal()

  constructor(store: ObjectStore, clock: Clock, log: string) {
    this.store = store
    this.clock = clock
    this.log = log
    this.manifests = new ManifestStore(store, clock, uuid, log)
    const observer = { isStillOurs: () => this.manifests.isStillOurs(), stuck: () => undefined }
    this.committer = new Committer(store, clock, uuid, new StoreClock(clock), observer)
  }

  async takeOver(application = 'name'): Promise<this> {
    const incarnation = { uuid, application, log: this.log, maxParallelism: 960, slots: 24, markers }
    this.recovered = await takeOver(this.store, this.clock, this.manifests, incarnation)
    const { shard } = this.recovered
    this.root = this.recovered.root
    shard.journal = this.journal
    if (shard.table('t/list')) return this
    const table = shard.declareFunction('t/list')
    shard.declareState(table, { name: 'items', kind: 'list', typename: 'x/y', keyTypename: undefined })
    return this
  }

  /** Commits a window that appends `item`. */
  async commit(item: number): Promise<CommitOutcome> {
    const { shard } = this.recovered
    const actor = shard.actor(shard.tables[0]!, 'all')
    shard.mutate(actor, [{ op: 'append', state: 0, value: Uint8Array.of(item) }])
    return this.commitBlank(item)
  }

  /** Commits what the journal holds, be it nothing. */
  commitBlank(item = 0): Promise<CommitOutcome> {
    const journal = this.journal.take()
    const number = ++this.number
    const hint = { number: 0, offset: 0 }
    const window = { kind: 'window' as const, log: this.log, number, nonce: `${item}`, clockMs: item, hint, journal }
    return this.committer.commit({ ...window, outbox: noBytes })
  }

  /** As the coordinator does: write, point to it by If-Match, and only then trim and remove the one before. */
  async checkpoint(): Promise<'written' | 'superseded'> {
    const { number, log, store, clock } = this
    const { shard } = this.recovered
    const place = { log, number, clockMs: number }
    const snapshot = new Snapshot(shard, slotsToRewrite(this.root), number, { awakeMin: 0 })
    const { spread } = shard.changes
    const options = { uuid, spread, before: this.root, isAbandoned: () => false }
    this.root = await writeCheckpoint(store, clock, snapshot, place, options)
    const before = this.manifests.current
    const logs = before.logs.filter((entry) => entry.log === log)
    const checkpoint = { ...place, root: rootKey(uuid, log, number) }
    if ((await this.manifests.update({ checkpoint, logs })) === 'superseded') return 'superseded'
    await trimLog(store, uuid, log, 1, number)
    await deleteAll(store, await new KeptRoots(store).dropped(before, this.manifests.current))
    return 'written'
  }
}
