import { defaultMaxParallelism } from '../../../runtime/model/key-group.ts'
import { Checkpoints } from '../../../runtime/coordinator/checkpoints.ts'
import { OpenWindow } from '../../../runtime/coordinator/open-window.ts'
import { collectOrphans } from '../../../runtime/log/collect.ts'
import { Committer, type CommitOutcome } from '../../../runtime/log/commit.ts'
import { ManifestStore } from '../../../runtime/log/manifest-store.ts'
import { takeOver, type Recovered } from '../../../runtime/log/recover.ts'
import { StoreClock } from '../../../runtime/log/store-clock.ts'
import { nullTelemetry } from '../../../runtime/platform/null-telemetry.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import type { Shard } from '../../../runtime/shard/shard.ts'
import { FaultyStore } from '../log/faulty-store.ts'
import type { SkippingClock } from '../log/skipping-clock.ts'
import { declare } from '../shard/model.ts'

export const uuid = 'app'
const markers = { topic: 'm', partitions: 16 }

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** One incarnation as far as the bucket sees it: takes over, commits windows, checkpoints; everything counts as published. */
export class CheckpointLife {
  readonly store: FaultyStore
  readonly manifests: ManifestStore
  readonly warnings: string[] = []
  checkpoints!: Checkpoints
  shard!: Shard
  recovered!: Recovered
  number = 0
  clockMs = 0
  changes = 0
  private readonly log: string
  private readonly application: { readonly uuid: string; readonly application: string }
  private readonly clock: SkippingClock
  private readonly committer: Committer
  private window!: OpenWindow

  constructor(bucket: ObjectStore, clock: SkippingClock, log: string, application = { uuid, application: 'name' }) {
    this.application = application
    this.store = new FaultyStore(bucket)
    this.clock = clock
    this.log = log
    this.manifests = new ManifestStore(this.store, clock, application.uuid, log)
    const observer = { isStillOurs: () => this.manifests.isStillOurs(), stuck: () => undefined }
    this.committer = new Committer(this.store, clock, application.uuid, new StoreClock(clock), observer)
  }

  async start(windowsMax: number, retainMs = 0, slots = 3): Promise<this> {
    const { log, store, clock, manifests } = this
    const incarnation = { ...this.application, log, maxParallelism: defaultMaxParallelism, slots, markers }
    this.recovered = await takeOver(store, clock, manifests, incarnation)
    const { shard, inherited, root } = this.recovered
    this.shard = shard
    this.window = new OpenWindow(shard)
    this.clockMs = this.recovered.clockMs
    if (!shard.table('t/a')) declare(shard)
    const telemetry = { ...nullTelemetry.log, warn: (_: string, message: string) => void this.warnings.push(message) }
    const options = { uuid: this.application.uuid, log, windowsMax, bytesMax: 1 << 30, retainMs, awakeMin: 0 }
    this.checkpoints = new Checkpoints(store, clock, manifests, telemetry, root, options, {
      superseded: () => undefined,
      wantMark: () => undefined,
      changed: () => void this.changes++,
    })
    const drained = new Set(inherited.map((each) => each.log))
    const logs = manifests.current.logs.map((each) => (drained.has(each.log) ? { ...each, drained: true } : each))
    if (drained.size > 0) await manifests.update({ logs })
    this.checkpoints.inheritedDrained = true
    return this
  }

  /** Closes the window and commits it; `closed` is called between. */
  async commit(advanceMs = 1, closed: () => void = () => undefined): Promise<CommitOutcome> {
    this.clockMs += advanceMs
    const { number, clockMs, journal, outbox } = this.window.close(++this.number, this.clockMs)
    this.checkpoints.closed({ number, clockMs, journal, outbox, records: 0, afterCommit: [] }, this.shard)
    closed()
    const hint = { number: 0, offset: 0 }
    const window = {
      kind: 'window' as const,
      log: this.log,
      number,
      nonce: `${number}`,
      clockMs,
      hint,
      journal,
      outbox,
    }
    const outcome = await this.committer.commit(window)
    this.checkpoints.committed(number)
    this.checkpoints.publishedTo(number)
    return outcome
  }

  /** Waits until it asks nothing of the store any more. */
  async quiet(): Promise<void> {
    for (let before = -1; before !== this.store.requests.length;) {
      before = this.store.requests.length
      for (let i = 0; i < 20; i++) await turn()
    }
  }

  /** As at a start that comes long after all uploads have ended. */
  async collect(): Promise<void> {
    await collectOrphans(this.store, this.manifests.current, this.log, this.clock.now() + 2 * 3_600_000)
  }
}

export const keysOf = async (store: ObjectStore, prefix = ''): Promise<string[]> => {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}
