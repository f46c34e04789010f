import { messageOf } from '../model/errors.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { EventLog } from '../ports/telemetry.ts'
import { collectLog, deleteAll, trimLog } from '../log/collect.ts'
import { slotsToRewrite } from '../log/compaction.ts'
import type { ManifestStore } from '../log/manifest-store.ts'
import type { CheckpointPlace, Manifest } from '../log/manifest.ts'
import { rootKey } from '../log/names.ts'
import { KeptRoots } from '../log/kept-roots.ts'
import { retainedAfter } from '../log/retention.ts'
import type { Root } from '../log/root.ts'
import { writeCheckpoint } from '../log/write-checkpoint.ts'
import type { UndeliveredRecord } from '../shard/journal.ts'
import type { Shard } from '../shard/shard.ts'
import { Snapshot } from '../shard/snapshot.ts'
import type { ClosedWindow } from './open-window.ts'

export interface CheckpointsOptions {
  readonly uuid: string
  readonly log: string
  readonly windowsMax: number
  readonly bytesMax: number
  /** How far back one can go; 0 or undefined: not at all. */
  readonly retainMs?: number | undefined
  /** See SnapshotBounds. */
  readonly awakeMin?: number | undefined
}

export interface CheckpointsHooks {
  /** The manifest was changed by another incarnation. */
  readonly superseded: () => void
  /** The log can be trimmed once the marker is at this window. */
  readonly wantMark: (number: number) => void
  /** The shard may have changed: states whose time is over were unset. */
  readonly changed: () => void
}

/** Windows are removed in small steps: a store that removes many at once answers others late. */
const trimAtOnce = 25
const trimPauseMs = 20

/** Takes checkpoints when enough windows have come together, and trims the log behind them. */
export class Checkpoints {
  private readonly store: ObjectStore
  private readonly clock: Clock
  private readonly manifests: ManifestStore
  private readonly log: EventLog
  private readonly options: CheckpointsOptions
  private readonly hooks: CheckpointsHooks
  private readonly kept: KeptRoots
  private root: Root | undefined
  private windows = 0
  private bytes = 0
  private active = false
  private stopped = false
  private trimmed = 0
  private published = 0
  private trimming: Promise<void> = Promise.resolve()
  /** The logs of earlier incarnations are published: until then their windows must stay. */
  inheritedDrained = false
  private commitWaiter: { number: number; resolve: () => void } | undefined

  /** `root` is of the checkpoint that the shard began with. */
  constructor(
    store: ObjectStore,
    clock: Clock,
    manifests: ManifestStore,
    log: EventLog,
    root: Root | undefined,
    options: CheckpointsOptions,
    hooks: CheckpointsHooks,
  ) {
    this.store = store
    this.clock = clock
    this.manifests = manifests
    this.log = log
    this.kept = new KeptRoots(store)
    this.root = root
    this.options = options
    this.hooks = hooks
  }

  /** Call right after a window was closed, before anything changes: the snapshot is of this moment. */
  closed(window: ClosedWindow, shard: Shard): void {
    this.windows++
    this.bytes += window.journal.length + window.outbox.length
    const due = this.windows >= this.options.windowsMax || this.bytes >= this.options.bytesMax
    if (!due || this.active || this.stopped || shard.snapshot || !this.inheritedDrained) return
    this.windows = 0
    this.bytes = 0
    this.active = true
    const { number, clockMs } = window
    const committed = new Promise<void>((resolve) => (this.commitWaiter = { number, resolve }))
    const { awakeMin } = this.options
    const snapshot = new Snapshot(shard, slotsToRewrite(this.root), clockMs, awakeMin === undefined ? {} : { awakeMin })
    this.take(snapshot, shard, { log: this.options.log, number, clockMs }, committed)
      .catch((error: unknown) => {
        snapshot.abandon()
        if (!this.stopped) this.log.warn('checkpoint-failed', `the checkpoint was not written: ${messageOf(error)}`)
      })
      .finally(() => (this.active = false))
  }

  committed(number: number): void {
    if (this.commitWaiter && number >= this.commitWaiter.number) this.commitWaiter.resolve()
  }

  /** Trims as far as both the checkpoint and the marker have come. */
  publishedTo(number: number): void {
    this.published = number
    this.trim()
  }

  /** Whether nobody will ever publish the window of this place again. */
  isPublished({ log, window }: UndeliveredRecord['place']): boolean {
    return log === this.options.log ? window <= this.published : this.inheritedDrained
  }

  private async take(
    snapshot: Snapshot,
    shard: Shard,
    place: CheckpointPlace,
    committed: Promise<void>,
  ): Promise<void> {
    const { uuid } = this.options
    const { log, number } = place
    const { spread } = shard.changes
    const startedMs = this.clock.monotonic()
    const isAbandoned = (): boolean => this.stopped
    const root = await writeCheckpoint(this.store, this.clock, snapshot, place, {
      ...{ uuid, spread, before: this.root, isAbandoned },
    })
    this.hooks.changed()
    await committed
    const before = this.manifests.current
    const checkpoint = { ...place, root: rootKey(uuid, log, number) }
    const retained = retainedAfter(before, checkpoint, this.options.retainMs ?? 0)
    const oldest = before.logs.findIndex((entry) => entry.log === (retained[0] ?? checkpoint).log)
    const logs = before.logs.slice(Math.max(0, oldest))
    if ((await this.manifests.update({ checkpoint, logs, retained })) === 'superseded') return this.hooks.superseded()
    this.root = root
    this.kept.know(checkpoint, root)
    const ms = Math.round(this.clock.monotonic() - startedMs)
    const bytes = root.segments.reduce((sum, segment) => sum + segment.bytes, 0)
    this.log.info('checkpoint', `checkpoint at window ${number}`, {
      ...{ window: number, rewritten: snapshot.full.size, segments: root.segments.length, bytes, ms },
    })
    this.hooks.wantMark(number)
    this.trim()
    await this.collect(before)
  }

  /** Removes what the manifest before needed and the present one does not. What fails is collected by whoever starts next. */
  private async collect(before: Manifest): Promise<void> {
    const now = this.manifests.current
    try {
      await deleteAll(this.store, await this.kept.dropped(before, now))
      const named = new Set(now.logs.map(({ log }) => log))
      for (const { log, sealedAt } of before.logs)
        if (!named.has(log) && sealedAt !== undefined) await collectLog(this.store, this.options.uuid, log, sealedAt)
    } catch (error) {
      this.log.warn('collect-failed', `what the last checkpoint has replaced was not removed: ${messageOf(error)}`)
    }
  }

  private trim(): void {
    const { checkpoint, retained } = this.manifests.current
    const { log } = this.options
    const oldest = retained[0] ?? checkpoint
    const last = oldest?.log === log ? Math.min(oldest.number, this.published) : 0
    if (last <= this.trimmed) return
    const first = this.trimmed + 1
    this.trimmed = last
    this.trimming = this.trimming
      .then(() => this.remove(first, last))
      .catch((error: unknown) =>
        this.log.warn('trim-failed', `windows ${first} to ${last} were not removed: ${messageOf(error)}`),
      )
  }

  /** What is left when it is stopped is collected by whoever starts next. */
  private async remove(first: number, last: number): Promise<void> {
    const { uuid, log } = this.options
    for (let from = first; from <= last && !this.stopped; from += trimAtOnce) {
      await trimLog(this.store, uuid, log, from, Math.min(last, from + trimAtOnce - 1))
      await sleep(this.clock, trimPauseMs)
    }
  }

  /** Takes no more checkpoints, and gives up the one that is being written. */
  stop(): void {
    this.stopped = true
  }

  /** Resolves when no deletion is under way. */
  async settled(): Promise<void> {
    await this.trimming
  }
}
