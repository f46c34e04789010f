import { isMillraceError, MillraceError, messageOf } from '../model/errors.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { TransactionalLog } from '../ports/transactional-log.ts'
import type { MarkerHint } from './log-entry.ts'
import type { OutboxRecord } from './outbox.ts'
import { ProducerSession, type PublishableWindow, type SessionOptions } from './producer-session.ts'

/** Where the windows of a log come from: memory for the own one, the bucket for an inherited one. */
export interface WindowSource {
  /** The next windows after `after`, waiting for one; empty when there will be no more. */
  next(after: number): Promise<readonly PublishableWindow[]>
  /** The last window that the log has, as far as is known. */
  readonly last: number
  /** The window that is about to come, where it is known and no other after `after` is there already. */
  expected(after: number): PublishableWindow | undefined
  /** Called when there is such a window. */
  whenExpected: (() => void) | undefined
}

export interface PublisherHooks {
  /** Everything up to this window is published. */
  readonly published: (mark: MarkerHint) => void
  /** Keeps a record that can never be written, durably; resolves once the window that holds it is committed (rule 17). */
  readonly undeliverable: (place: RecordPlace, record: OutboxRecord, reason: string) => Promise<void>
  /** Whether the own log has been sealed: looked at from the end of the windows that are known committed (rule 12). */
  readonly sealed: () => Promise<boolean>
  readonly trouble: (event: string, message: string) => void
}

/** Names a record for ever: its log, window and place in the window. */
export interface RecordPlace {
  readonly log: string
  readonly window: number
  readonly index: number
}

/** How publishing ended: all is published, the own log has a seal, or it was stopped before either. */
export type PublishEnd = 'drained' | 'sealed' | 'stopped'

/** Publishes the windows of one log in order, in as many producer sessions as it takes (rules 9-14). */
export class Publisher {
  private readonly kafka: TransactionalLog
  private readonly clock: Clock
  private readonly log: string
  private readonly source: WindowSource
  private readonly options: SessionOptions
  private readonly hooks: PublisherHooks
  private readonly undelivered = new Set<string>()
  private hint: MarkerHint
  private stopped = false

  constructor(
    kafka: TransactionalLog,
    clock: Clock,
    log: string,
    hint: MarkerHint,
    source: WindowSource,
    options: SessionOptions,
    hooks: PublisherHooks,
  ) {
    this.kafka = kafka
    this.clock = clock
    this.log = log
    this.hint = hint
    this.source = source
    this.options = options
    this.hooks = hooks
  }

  /** Ends `run` after the transaction that is under way. */
  stop(): void {
    this.stopped = true
  }

  /** These were refused before and are kept: they are not sent. */
  skip(place: RecordPlace): void {
    this.undelivered.add(JSON.stringify([place.window, place.index]))
  }

  async run(): Promise<PublishEnd> {
    for (let pause = 10; ; pause = Math.min(pause * 2, 2_000)) {
      const end = await this.session(() => (pause = 10))
      if (end !== 'again') return end
      if (this.stopped) return 'stopped'
      if (await this.sealed()) return 'sealed'
      await sleep(this.clock, pause)
    }
  }

  /** One session, until it ends or there is nothing more to publish. */
  private async session(progress: () => void): Promise<PublishEnd | 'again'> {
    const opened = await ProducerSession.open(this.kafka, this.clock, this.log, this.hint, this.options)
    if (opened.kind !== 'ok') return this.broken(opened, [])
    const session = opened.value
    try {
      const beyond = await this.check(session.mark)
      if (beyond) return beyond
      this.moved(session.mark)
      const prepare = (): void => {
        const expected = this.source.expected(session.mark.number)
        if (expected) session.prepare(expected)
      }
      this.source.whenExpected = prepare
      while (!this.stopped) {
        prepare()
        const windows = await this.read(session.mark.number)
        if (!windows) return 'again'
        if (windows.length === 0) return 'drained'
        const outcome = await session.publish(windows.map((window) => this.withoutUndelivered(window)))
        if (outcome.kind === 'rejected') progress()
        if (outcome.kind !== 'ok') return await this.broken(outcome, windows)
        this.moved(session.mark)
        progress()
      }
      return 'stopped'
    } finally {
      this.source.whenExpected = undefined
      await session.close()
    }
  }

  /** Undefined when the bucket does not answer now. */
  private async read(after: number): Promise<readonly PublishableWindow[] | undefined> {
    try {
      return await this.source.next(after)
    } catch (error) {
      if (!isMillraceError(error) || error.code !== 'STORE_UNAVAILABLE') throw error
      this.hooks.trouble('windows-unread', messageOf(error))
      return undefined
    }
  }

  /** No answer of the bucket is no seal: a new session is safe, and looks again when it fails. */
  private async sealed(): Promise<boolean> {
    try {
      return await this.hooks.sealed()
    } catch (error) {
      if (!isMillraceError(error) || error.code !== 'STORE_UNAVAILABLE') throw error
      return false
    }
  }

  private moved(mark: MarkerHint): void {
    this.hint = mark
    this.hooks.published(mark)
  }

  /**
   * Rule 14. Beyond what this process knows to be committed, a successor may have published: a window whose PUT is in doubt
   * here and has landed. Then the own log has a seal.
   */
  private async check(mark: MarkerHint): Promise<PublishEnd | 'again' | undefined> {
    const { last } = this.source
    if (mark.number >= this.hint.number && mark.number <= last) return undefined
    if (mark.number > last) {
      try {
        if (await this.hooks.sealed()) return 'sealed'
      } catch (error) {
        if (!isMillraceError(error) || error.code !== 'STORE_UNAVAILABLE') throw error
        this.hooks.trouble('log-unread', messageOf(error))
        return 'again'
      }
    }
    const range = `windows ${this.hint.number} to ${last} of log ${this.log}`
    throw new MillraceError(
      'WENT_BACK_IN_TIME',
      `Kafka's marker says window ${mark.number}, the bucket knows ${range}: one of the two was set back or restored. ` +
        'Restore both to one moment, or start a new application from a savepoint',
    )
  }

  private async broken(
    outcome: { kind: string; cause: Error; topic?: string },
    windows: readonly PublishableWindow[],
  ): Promise<'again'> {
    this.hooks.trouble(`publish-${outcome.kind}`, messageOf(outcome.cause))
    if (outcome.kind === 'fatal')
      throw new MillraceError('LOG_FORBIDDEN', `cannot publish: ${messageOf(outcome.cause)}`, { cause: outcome.cause })
    if (outcome.kind === 'rejected' && outcome.topic !== undefined)
      await this.setAside(outcome.topic, windows, outcome.cause)
    return 'again'
  }

  /**
   * A topic that is gone or forbidden takes none of its records: all that are at hand are kept aside. Of the records to a topic
   * that refused one, the largest is; the rest is tried again, as often as it takes.
   */
  private async setAside(topic: string, windows: readonly PublishableWindow[], cause: Error): Promise<void> {
    const found = windows.flatMap((window) =>
      [...window.records].flatMap((record, index) => {
        if (record.topic !== topic || this.isUndelivered(window, index)) return []
        const size = (record.record.value?.length ?? 0) + (record.record.key?.length ?? 0)
        return [{ place: { log: this.log, window: window.number, index }, record, size }]
      }),
    )
    if (found.length === 0)
      throw new MillraceError('LOG_FORBIDDEN', `topic ${topic} refuses records: ${messageOf(cause)}`, { cause })
    const noneFits = isMillraceError(cause) && (cause.code === 'LOG_TOPIC_MISSING' || cause.code === 'LOG_FORBIDDEN')
    const refused = noneFits ? found : [found.reduce((largest, each) => (each.size >= largest.size ? each : largest))]
    await Promise.all(refused.map(({ place, record }) => this.hooks.undeliverable(place, record, messageOf(cause))))
    for (const { place } of refused) this.skip(place)
  }

  private isUndelivered(window: PublishableWindow, index: number): boolean {
    return this.undelivered.size > 0 && this.undelivered.has(JSON.stringify([window.number, index]))
  }

  private withoutUndelivered(window: PublishableWindow): PublishableWindow {
    if (this.undelivered.size === 0) return window
    return { ...window, records: [...window.records].filter((_, index) => !this.isUndelivered(window, index)) }
  }
}
