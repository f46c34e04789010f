import type { ManifestStore } from '../log/manifest-store.ts'
import { Publisher, type PublishEnd, type PublisherHooks } from '../log/publisher.ts'
import type { SessionOptions } from '../log/producer-session.ts'
import type { Recovered } from '../log/recover.ts'
import type { LogReader } from '../log/take-over.ts'
import type { MarkerHint } from '../log/log-entry.ts'
import type { UndeliveredRecord } from '../shard/journal.ts'
import { InheritedWindows } from './inherited-windows.ts'
import type { OwnWindows } from './own-windows.ts'
import type { Parts } from './parts.ts'

export interface PublishingHooks extends PublisherHooks {
  /** All inherited logs are published, and the manifest says so. */
  readonly inheritedDrained: () => void
  readonly superseded: () => void
}

/** Publishes the inherited logs first, each under its own transactional id, then the own one (rule 19). */
export class Publishing {
  private readonly parts: Parts
  private readonly manifests: ManifestStore
  private readonly options: SessionOptions
  private readonly hooks: PublishingHooks
  private current: Publisher | undefined

  constructor(parts: Parts, manifests: ManifestStore, options: SessionOptions, hooks: PublishingHooks) {
    this.parts = parts
    this.manifests = manifests
    this.options = options
    this.hooks = hooks
  }

  async run(
    inherited: Recovered['inherited'],
    undelivered: Iterable<UndeliveredRecord>,
    reader: LogReader,
    own: { readonly log: string; readonly hint: MarkerHint; readonly windows: OwnWindows },
  ): Promise<PublishEnd> {
    const known = [...undelivered]
    const silent = { ...this.hooks, published: () => undefined }
    for (const { log, sealedAt, hint } of inherited) {
      const source = new InheritedWindows(reader, log, sealedAt)
      const end = await this.publish(log, hint, source, silent, known)
      // Stopped half-way, the rest is for whoever comes next: only then may the manifest say that nothing is left.
      if (end !== 'drained') return end
      if (!(await this.drained(log))) return 'sealed'
    }
    this.hooks.inheritedDrained()
    return this.publish(own.log, own.hint, own.windows, this.hooks, known)
  }

  private async publish(
    log: string,
    hint: MarkerHint,
    source: InheritedWindows | OwnWindows,
    hooks: PublisherHooks,
    undelivered: readonly UndeliveredRecord[],
  ): Promise<PublishEnd> {
    const { kafka, clock } = this.parts
    this.current = new Publisher(kafka, clock, log, hint, source, this.options, hooks)
    for (const record of undelivered) if (record.place.log === log) this.current.skip(record.place)
    return this.current.run()
  }

  private async drained(log: string): Promise<boolean> {
    const logs = this.manifests.current.logs.map((entry) => (entry.log === log ? { ...entry, drained: true } : entry))
    if ((await this.manifests.update({ logs })) === 'written') return true
    this.hooks.superseded()
    return false
  }

  /** Ends after the transaction that is under way. */
  stop(): void {
    this.current?.stop()
  }
}
