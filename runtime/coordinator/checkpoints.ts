import { messageOf } from '../model/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { EventLog } from '../ports/telemetry.ts'
import { writeCheckpoint } from '../log/checkpoint.ts'
import { collectLog, trimLog } from '../log/collect.ts'
import type { ManifestStore } from '../log/manifest-store.ts'
import type { UndeliveredRecord } from '../shard/journal.ts'
import type { Shard } from '../shard/shard.ts'
import { Snapshot } from '../shard/snapshot.ts'
import type { ClosedWindow } from './open-window.ts'

export interface CheckpointsOptions {
  readonly uuid: string
  readonly log: string
  readonly windowsMax: number
  readonly bytesMax: number
}

export interface CheckpointsHooks {
  /** The manifest was changed by another incarnation. */
  readonly superseded: () => void
  /** The log can be trimmed once the marker is at this window. */
  readonly wantMark: (number: number) => void
}

/** Takes checkpoints when enough windows have come together, and trims the log behind them. */
export class Checkpoints {
  private readonly store: ObjectStore
  private readonly clock: Clock
  private readonly manifests: ManifestStore
  private readonly log: EventLog
  private readonly options: CheckpointsOptions
  private readonly hooks: CheckpointsHooks
  private windows = 0
  private bytes = 0
  private active = false
  private trimmed = 0
  private published = 0
  private trimming: Promise<void> = Promise.resolve()
  /** The logs of earlier incarnations are published: until then their windows must stay. */
  inheritedDrained = false
  private commitWaiter: { number: number; resolve: () => void } | undefined

  constructor(
    store: ObjectStore,
    clock: Clock,
    manifests: ManifestStore,
    log: EventLog,
    options: CheckpointsOptions,
    hooks: CheckpointsHooks,
  ) {
    this.store = store
    this.clock = clock
    this.manifests = manifests
    this.log = log
    this.options = options
    this.hooks = hooks
  }

  /** Call right after a window was closed, before anything changes: the snapshot is of this moment. */
  closed(window: ClosedWindow, shard: Shard): void {
    this.windows++
    this.bytes += window.journal.length + window.outbox.length
    const due = this.windows >= this.options.windowsMax || this.bytes >= this.options.bytesMax
    if (!due || this.active || shard.snapshot || !this.inheritedDrained) return
    this.windows = 0
    this.bytes = 0
    this.active = true
    const committed = new Promise<void>((resolve) => (this.commitWaiter = { number: window.number, resolve }))
    this.take(new Snapshot(shard), window, committed).then(
      () => (this.active = false),
      (error: unknown) => {
        this.active = false
        this.log.warn('checkpoint-failed', `the checkpoint was not written: ${messageOf(error)}`)
      },
    )
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

  private async take(snapshot: Snapshot, window: ClosedWindow, committed: Promise<void>): Promise<void> {
    const { uuid, log } = this.options
    const startedMs = this.clock.monotonic()
    const { number, clockMs } = window
    const pointer = await writeCheckpoint(this.store, this.clock, snapshot, { uuid, log, number, clockMs })
    await committed
    const { checkpoint: before, logs } = this.manifests.current
    const own = logs.filter((entry) => entry.log === log)
    if ((await this.manifests.update({ checkpoint: pointer, logs: own })) === 'superseded')
      return this.hooks.superseded()
    const ms = Math.round(this.clock.monotonic() - startedMs)
    this.log.info('checkpoint', `checkpoint at window ${number}`, { window: number, parts: pointer.parts.length, ms })
    this.hooks.wantMark(number)
    this.trim()
    if (before) await this.store.delete(before.parts)
    for (const entry of logs)
      if (entry.log !== log && entry.sealedAt !== undefined)
        await collectLog(this.store, uuid, entry.log, entry.sealedAt)
  }

  private trim(): void {
    const { checkpoint } = this.manifests.current
    const { uuid, log } = this.options
    const last = checkpoint?.log === log ? Math.min(checkpoint.number, this.published) : 0
    if (last <= this.trimmed) return
    const first = this.trimmed + 1
    this.trimmed = last
    this.trimming = this.trimming
      .then(() => trimLog(this.store, uuid, log, first, last))
      .catch((error: unknown) =>
        this.log.warn('trim-failed', `windows ${first} to ${last} were not removed: ${messageOf(error)}`),
      )
  }

  /** Resolves when no deletion is under way. */
  async settled(): Promise<void> {
    await this.trimming
  }
}
