import { isMillraceError, MillraceError } from '../model/errors.ts'
import type { StoreClock } from '../log/store-clock.ts'
import type { PublishEnd } from '../log/publisher.ts'
import { isSuperseded, type ManifestStore } from '../log/manifest-store.ts'
import { savepointsPrefix } from '../log/names.ts'
import type { SavepointDescription } from '../log/savepoint/description.ts'
import { SavepointFolder } from '../log/savepoint/savepoint-folder.ts'
import { savepointName } from '../log/savepoint/savepoint-name.ts'
import type { RowFiles } from '../ports/row-files.ts'
import type { Source } from '../shard/lane.ts'
import type { Shard } from '../shard/shard.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { Coordinator, CoordinatorEnd } from './coordinator.ts'
import type { DeadLetters, PlacedLetter } from './dead-letters.ts'
import type { Endpoint } from './endpoint.ts'
import type { Event } from './events.ts'
import { groupOffsetsLastMs, groupOffsetsMs, type GroupOffsets } from './group-offsets.ts'
import type { Inbox } from './inbox.ts'
import type { Operator } from './operator.ts'
import type { OwnWindows } from './own-windows.ts'
import type { Parts } from './parts.ts'
import type { Poller } from './poll.ts'
import type { Publishing } from './publishing.ts'
import type { OutsideRequest, RequestAnswer, Requests } from './requests.ts'
import type { Resend, ResendOptions, Resent } from './resend.ts'

const manifestLookMs = 5_000
const rediscoverMs = 60_000
/** While a function is held nothing is sent that would tell of a deploy. */
const rediscoverHeldMs = 5_000
/** Parked addresses that one window lets go on. */
const retriedAtOnceMax = 5_000

export interface Background {
  readonly coordinator: Coordinator
  readonly publishing: Publishing
  readonly publishingEnd: Promise<PublishEnd>
  readonly poller: Poller
  readonly requests: Requests
  readonly windows: OwnWindows
  readonly checkpoints: Checkpoints
  readonly manifests: ManifestStore
  readonly storeClock: StoreClock
  readonly endpoints: readonly Endpoint[]
  readonly groupOffsets: GroupOffsets
  readonly deadLetters: DeadLetters
  readonly resend: Resend
  /** The incarnation's log. */
  readonly log: string
  readonly rediscover: (endpoint: Endpoint) => void
  /** What people should know of egress that does not go its usual way. */
  readonly shadow: string | undefined
}

/** A coordinator at work, as the rest of the process sees it: send, call, look at state, stop. */
export class RunningCoordinator {
  readonly endpoints: readonly Endpoint[]
  readonly deadLetters: DeadLetters
  private readonly parts: Parts
  private readonly inbox: Inbox<Event>
  private readonly background: Background
  private readonly deadlineMs: number
  private readonly timers = new Set<() => void>()
  private stopped = false
  private draining = false
  /** Resolves when it has drained, or has been fenced; rejects when it cannot go on. */
  readonly ended: Promise<CoordinatorEnd>

  constructor(parts: Parts, inbox: Inbox<Event>, background: Background, deadlineMs: number) {
    this.parts = parts
    this.inbox = inbox
    this.background = background
    this.endpoints = background.endpoints
    this.deadLetters = background.deadLetters
    this.deadlineMs = deadlineMs
    this.watchPublishing()
    background.poller.run().catch((error: unknown) => inbox.push({ kind: 'failed', error }))
    this.every(manifestLookMs, () => this.lookAtManifest())
    this.every(rediscoverMs, () => {
      for (const endpoint of background.endpoints) background.rediscover(endpoint)
    })
    this.every(rediscoverHeldMs, () => {
      for (const endpoint of background.endpoints) if (endpoint.held.size > 0) background.rediscover(endpoint)
    })
    this.every(groupOffsetsMs, () => background.groupOffsets.tell())
    this.ended = this.run()
  }

  /** The log of this incarnation. */
  get log(): string {
    return this.background.log
  }

  get state(): 'running' | 'draining' | 'ended' {
    return this.stopped ? 'ended' : this.draining ? 'draining' : 'running'
  }

  /** Why nothing from outside is taken in now, as a store that takes no window; undefined when it is. */
  get refusing(): string | undefined {
    return this.background.requests.refusing?.message
  }

  /** What people should know of egress that is held back or redirected; undefined where it is written. */
  get shadow(): string | undefined {
    return this.background.shadow
  }

  /** Records between what is routed and the end, for each partition that is read. */
  lags(): Iterable<{ readonly source: Source; readonly lag: number }> {
    return this.background.poller.lags()
  }

  /** Hands a message in; the answer comes when what it says is durable. */
  request(request: Omit<OutsideRequest, 'answer'>): { answer: Promise<RequestAnswer>; forsake: () => void } {
    let settle: (answer: RequestAnswer) => void = () => undefined
    const answer = new Promise<RequestAnswer>((resolve) => (settle = resolve))
    const whole = { ...request, answer: settle }
    this.submit(whole)
    return { answer, forsake: () => this.forsake(whole) }
  }

  /** As `request`, for those who take many: its `answer` is called from within the coordinator's turn. */
  submit(request: OutsideRequest): void {
    if (this.stopped) request.answer({ kind: 'refused', why: 'unavailable', message: 'this coordinator has stopped' })
    else this.inbox.push({ kind: 'request', request })
  }

  /** Nobody waits for the answer to a request any more; the work goes on. */
  forsake(request: OutsideRequest): void {
    this.inbox.push({ kind: 'forsake', request })
  }

  /** What `look` sees of the state, once all of it is committed. `look` copies what it wants to keep. */
  read<T>(look: (shard: Shard) => T): Promise<T> {
    return new Promise<T>((resolve) => {
      let seen: { value: T } | undefined
      this.inbox.push({
        kind: 'read',
        look: (shard) => (seen = { value: look(shard) }),
        answer: () => {
          if (seen) resolve(seen.value)
        },
      })
    })
  }

  /**
   * Changes something by hand, and answers what `make` has answered once the change is committed. Rejects with the
   * MillraceError that `make` throws; then nothing has changed. As `read`, it never answers where this coordinator ends
   * before.
   */
  change<T>(make: (operator: Operator) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let made: { value: T } | undefined
      this.inbox.push({
        kind: 'change',
        make: (operator) => void (made = { value: make(operator) }),
        done: () => {
          if (made) resolve(made.value)
        },
        refuse: reject,
      })
    })
  }

  /**
   * Lets all parked addresses go on, of one function or all: those that are parked now, a number at a time, so that no
   * window gets too large. Answers how many.
   */
  async retryParked(typename?: string): Promise<number> {
    const wanted = await this.change((operator) => operator.parked(typename))
    let retried = 0
    for (let at = 0; at < wanted.length; at += retriedAtOnceMax)
      retried += await this.change((operator) => operator.retryAll(wanted.slice(at, at + retriedAtOnceMax)))
    return retried
  }

  /** Sends the dead letters at these places to their addresses once more: see Resend. */
  async resend(
    places: readonly { readonly partition: number; readonly offset: number }[],
    options: ResendOptions,
  ): Promise<readonly Resent[]> {
    const letters: PlacedLetter[] = []
    for (const { partition, offset } of places)
      letters.push({ partition, record: await this.deadLetters.at(partition, offset) })
    return this.change((operator) => this.background.resend.send(operator, letters, options))
  }

  /**
   * Emits undeliverable records once more, all or those of one topic, for when what kept them from being written is
   * mended. Answers how many, once that is committed; one that is refused again is kept again. As `read`, it never answers
   * where this coordinator ends before: see `ended`.
   */
  retryUndelivered(topic?: string): Promise<number> {
    return new Promise((done) =>
      this.inbox.push({ kind: 'retry-undelivered', retry: { topic, left: undefined, retried: 0, done } }),
    )
  }

  /**
   * Writes a savepoint of the present beside the application's state, or to `folder`, while records flow. Resolves when it
   * is complete; one at a time.
   */
  async savepoint(name: string, format: RowFiles, folder = this.folderOf(name)): Promise<SavepointDescription> {
    savepointName(name)
    return new Promise((done, failed) => {
      const ended = (): void => failed(new MillraceError('STORE_UNAVAILABLE', 'this coordinator has stopped'))
      this.ended.then(ended, ended)
      this.inbox.push({ kind: 'savepoint', request: { name, folder, format, done, failed } })
    })
  }

  private folderOf(name: string): SavepointFolder {
    const { store, clock } = this.parts
    return new SavepointFolder(store, clock, savepointsPrefix(this.background.manifests.current.uuid) + name, name)
  }

  /** True while no other incarnation has taken over, as far as the bucket knows. */
  isStillOurs(): Promise<boolean> {
    return this.background.manifests.isStillOurs()
  }

  /** Stops taking in, finishes what handlers are working on within the deadline, commits and publishes the rest. */
  drain(): void {
    if (this.draining) return
    this.draining = true
    this.background.poller.stop()
    this.inbox.push({ kind: 'drain' })
    this.later(this.deadlineMs, () => this.inbox.push({ kind: 'deadline' }))
    this.later(2 * this.deadlineMs, () => this.inbox.push({ kind: 'failed', error: undrained(this.deadlineMs) }))
  }

  private async run(): Promise<CoordinatorEnd> {
    const { coordinator, publishing, publishingEnd, windows, checkpoints, poller, groupOffsets } = this.background
    try {
      const end = await coordinator.run()
      windows.close()
      if (end === 'drained') {
        const lastOffsets = this.within(groupOffsetsLastMs, groupOffsets.tellLast())
        await this.within(this.deadlineMs, publishingEnd)
        await lastOffsets
      }
      return end
    } catch (error) {
      // What a successor has trimmed or moved looks like damage to the one that it has replaced.
      if (await isSuperseded(this.background.manifests, this.parts.clock)) return 'fenced'
      throw error
    } finally {
      this.stopped = true
      for (const cancel of this.timers) cancel()
      refuseLeft(this.inbox.takeAll())
      poller.stop()
      publishing.stop()
      windows.close()
      checkpoints.stop()
      await checkpoints.settled()
    }
  }

  /** Waits no longer: what is not published by then is published by whoever comes next. */
  private async within(timeoutMs: number, end: Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.parts.clock.after(timeoutMs, resolve)
      const done = (): void => {
        cancel()
        resolve()
      }
      end.then(done, done)
    })
  }

  private watchPublishing(): void {
    this.background.publishingEnd.then(
      (end) => {
        if (end === 'sealed') this.inbox.push({ kind: 'fenced' })
      },
      (error: unknown) => this.inbox.push({ kind: 'failed', error }),
    )
  }

  private async lookAtManifest(): Promise<void> {
    const { manifests, storeClock } = this.background
    const sentMs = this.parts.clock.monotonic()
    try {
      const { isOurs, storeTimeMs } = await manifests.look()
      if (!isOurs) this.inbox.push({ kind: 'fenced' })
      // With a clock that was set back nothing may ever fall due, and so nothing be committed that would tell.
      else if (storeTimeMs !== undefined) storeClock.check(storeTimeMs, sentMs)
    } catch (error) {
      if (isMillraceError(error) && error.code === 'CLOCK_SKEW') this.inbox.push({ kind: 'failed', error })
      // Else the store does not answer now: commits tell of it if it lasts.
    }
  }

  private every(periodMs: number, action: () => void | Promise<void>): void {
    this.later(periodMs, () => {
      void action()
      this.every(periodMs, action)
    })
  }

  /** A timer that ends with this coordinator. */
  private later(delayMs: number, action: () => void): void {
    const cancel = this.parts.clock.after(delayMs, () => {
      this.timers.delete(cancel)
      action()
    })
    this.timers.add(cancel)
  }
}

/** The last window could not be written. Nothing that was acknowledged is in it. */
const undrained = (deadlineMs: number): MillraceError =>
  new MillraceError(
    'STORE_UNAVAILABLE',
    `the last window could not be committed within twice ${deadlineMs} ms (shutdown.deadline): nothing acknowledged is lost, whoever starts next goes on from the window before`,
  )

const refuseLeft = (events: readonly Event[]): void => {
  for (const event of events)
    if (event.kind === 'request')
      event.request.answer({ kind: 'refused', why: 'unavailable', message: 'this coordinator has stopped' })
}
