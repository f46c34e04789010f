import { isMillraceError, MillraceError, messageOf } from '../model/errors.ts'
import type { Topology } from '../model/topology.ts'
import { encodeOutcome } from '../protocol/outcome.ts'
import type { MarkerHint } from '../log/log-entry.ts'
import { Applier, type ApplyContext } from '../shard/apply.ts'
import type { Action } from '../shard/actions.ts'
import type { ParkedBounds } from '../shard/parked-bounds.ts'
import type { Shard } from '../shard/shard.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { CommitEvent, Commits } from './commits.ts'
import type { Event } from './events.ts'
import { adoptDiscovery } from './functions.ts'
import type { Inbox } from './inbox.ts'
import type { Invoker } from './invoke.ts'
import type { Metrics } from './metrics.ts'
import type { OpenWindow } from './open-window.ts'
import { Operator } from './operator.ts'
import type { OwnWindows } from './own-windows.ts'
import { retryUndelivered } from './undelivered-retry.ts'
import type { Parts } from './parts.ts'
import type { Poller } from './poll.ts'
import type { Requests } from './requests.ts'
import type { Router } from './route.ts'
import type { Savepoints } from './savepoints.ts'
import type { CoordinatorSettings } from './settings.ts'

/** How a coordinator ended: it had been asked to, or another incarnation has taken over. */
export type CoordinatorEnd = 'drained' | 'fenced'

/** The stages that the loop drives. */
export interface Stages {
  readonly shard: Shard
  readonly parkedBounds: ParkedBounds
  readonly window: OpenWindow
  readonly poller: Poller
  readonly router: Router
  readonly invoker: Invoker
  readonly requests: Requests
  readonly commits: Commits
  readonly checkpoints: Checkpoints
  readonly savepoints: Savepoints
  readonly windows: OwnWindows
  readonly metrics: Metrics
}

/**
 * So many messages and addresses may be with handlers or wait for a request before more records are routed: enough to keep
 * them busy, few enough that little is open when a window closes. Functions in this process are not kept busy by more than
 * they run at once, and fewer objects live then.
 */
const loadMax = { remote: 2_500, local: 500 }
/** Records that are routed at once. */
const takeMax = { remote: 1_000, local: 250 }
/** The same in bytes, which large records reach first: what is open when a window closes is written with it. */
const loadBytesMax = 4 << 20
const takeBytesMax = 1 << 20
const parkedTellMs = 5_000
const nothing = { unjournaled: 0, pendingBytes: 0, backlog: 0 }
/** What a window takes in memory besides its records. */
const bytesPerWindow = 1_024

/**
 * The loop: everything that happens comes as an event; each turn applies all events that have come, in order, takes in
 * more, sends what is ready, and closes the window if it is time. A turn never waits. What a window makes others see
 * (answers, publication) happens after its commit, in `committed`, and nowhere else (rule 6).
 */
export class Coordinator {
  private readonly stages: Stages
  private readonly parts: Parts
  private readonly settings: CoordinatorSettings
  private readonly inbox: Inbox<Event>
  private readonly topology: Topology
  private readonly egresses: ReadonlyMap<string, string>
  /** Never goes back, from one incarnation to the next either: each begins with the last committed (rule 28). */
  private clockMs: number
  private mark: MarkerHint
  private end: CoordinatorEnd | undefined
  private draining = false
  private deadlinePassed = false
  private cancelTick: (() => void) | undefined
  private parkedToldMs = -Infinity

  constructor(
    stages: Stages,
    parts: Parts,
    settings: CoordinatorSettings,
    topology: Topology,
    inbox: Inbox<Event>,
    clockMs: number,
    mark: MarkerHint,
  ) {
    this.stages = stages
    this.parts = parts
    this.settings = settings
    this.topology = topology
    this.egresses = new Map(topology.egresses.map(({ name, topic }) => [name, topic]))
    this.inbox = inbox
    this.clockMs = clockMs
    this.mark = mark
  }

  /** Runs until drained or fenced. Rejects when it cannot go on. */
  async run(): Promise<CoordinatorEnd> {
    const { invoker } = this.stages
    while (this.end === undefined) {
      const events = await this.inbox.next()
      const nowMs = (this.clockMs = Math.max(this.clockMs, this.parts.clock.now()))
      const applier = new Applier(this.stages.shard, this.context(nowMs))
      for (const event of events) this.event(event, applier, nowMs)
      // A window after the seal would be a gap in the log, of which those who seal it rely that there is none.
      if (this.end !== undefined) break
      if (this.isActive) {
        applier.fireTimers()
        this.stages.requests.expire(nowMs)
        this.takeIn(applier)
        invoker.dispatch(nowMs)
      }
      this.perform(applier.actions)
      this.closeWindow(nowMs)
      this.tickLater(nowMs)
    }
    return this.end
  }

  /** Nothing new begins while it drains, nor at any time in a coordinator that only looks after what is there. */
  private get isActive(): boolean {
    return !this.draining && this.settings.custodian !== true
  }

  private context(nowMs: number): ApplyContext {
    const { invoker, window } = this.stages
    return {
      nowMs,
      limits: this.settings.limits,
      parkedBounds: this.stages.parkedBounds,
      egresses: this.egresses,
      deadLetterTopic: this.topology.deadLetterTopic,
      emit: (topic, record) => window.emit(topic, record),
      encodeOutcome: (reply) =>
        encodeOutcome(
          reply.ok
            ? { ok: true, value: reply.payload }
            : { ok: false, error: { code: reply.code, message: reply.message } },
        ),
      policyOf: (typename) => invoker.policyOf(typename),
      retryDelayMs: ({ firstDelayMs, maxDelayMs }, failures) =>
        Math.round(Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 1)) * (0.5 + this.parts.random.next() / 2)),
    }
  }

  private results({ batch, results }: Event & { kind: 'results' }, applier: Applier): void {
    const { commits, invoker, metrics } = this.stages
    commits.applied += results.length
    const incomplete = invoker.results(batch, results, applier)
    metrics.messages.add(results.length - incomplete)
    metrics.incomplete.add(incomplete)
  }

  private event(event: Event, applier: Applier, nowMs: number): void {
    const { invoker, window, requests, checkpoints, windows, shard } = this.stages
    switch (event.kind) {
      case 'results':
        return this.results(event, applier)
      case 'batch-ended':
        return invoker.ended(event.batch, event.error, event.version, applier)
      case 'due':
        return invoker.sort(event.actor, nowMs)
      case 'request': {
        this.stages.metrics.requests.add(1, event.request.kind)
        const crowded = requests.refusing ? undefined : this.crowded()
        if (crowded !== undefined) return event.request.answer({ kind: 'refused', why: 'busy', message: crowded })
        const answer = requests.begin(event.request, applier, nowMs)
        if (answer) window.whenCommitted(answer)
        return
      }
      case 'forsake':
        return requests.forsake(event.request)
      case 'read':
        return this.read(event.look, event.answer)
      case 'change':
        return this.change(event, applier, nowMs)
      case 'committed':
        return this.committed(event)
      case 'published':
        this.mark = event.mark
        windows.published(event.mark.number)
        this.stages.savepoints.publishedTo(event.mark.number)
        return checkpoints.publishedTo(event.mark.number)
      case 'undeliverable':
        shard.keepUndelivered(event.record)
        return window.whenCommitted(event.done)
      case 'retry-undelivered':
        return retryUndelivered(event.retry, this.stages, this.settings.limits.windowBytesMax / 2, (retry) =>
          this.inbox.push({ kind: 'retry-undelivered', retry }),
        )
      case 'savepoint':
        return this.stages.savepoints.begin(event.request)
      case 'discovered':
        adoptDiscovery(event.endpoint, event.discovery, shard, this.parts.telemetry.log, nowMs)
        return invoker.discovered()
      case 'stuck':
        if (this.draining) return
        requests.refusing = event.stuck
          ? { why: 'unavailable', message: 'the store has not taken a window for 15 s' }
          : undefined
        return
      case 'drain':
        this.draining = true
        requests.refusing = { why: 'unavailable', message: 'this coordinator is stopping' }
        return
      case 'deadline':
        this.deadlinePassed = true
        return
      case 'fenced':
        this.end = 'fenced'
        return
      case 'failed':
        throw event.error instanceof Error ? event.error : new MillraceError('INTERNAL', messageOf(event.error))
      case 'look-again':
        return
    }
  }

  /** Routes fetched records while there is room for them. */
  private takeIn(applier: Applier): void {
    const { shard, router, poller, invoker, window, windows, metrics } = this.stages
    const { limits } = this.settings
    const where = invoker.isLocal ? 'local' : 'remote'
    const pendingBytesMax = Math.min(limits.pendingBytesMax, shard.pendingBytes + loadBytesMax - invoker.loadBytes)
    while (
      invoker.load + shard.ready.count < loadMax[where] &&
      shard.pendingMessages < limits.pendingMessagesMax &&
      shard.pendingBytes < pendingBytesMax &&
      window.bytes < limits.windowBytesMax / 2 &&
      windows.bytes < limits.unpublishedBytesMax &&
      windows.count < limits.unpublishedWindowsMax &&
      !router.held
    ) {
      const taken = poller.take(takeMax[where], takeBytesMax)
      if (!taken) return
      router.route(taken, applier)
      metrics.records.add(taken.records.length)
    }
  }

  /**
   * Why nothing from outside can be taken in until more is committed, or published. These bounds lie above those of intake,
   * which goes up to its own under load and would leave no room below it.
   */
  private crowded(): string | undefined {
    const { window, windows } = this.stages
    const { windowBytesMax, unpublishedBytesMax } = this.settings.limits
    if (window.bytes >= windowBytesMax)
      return 'the next window is full until the store takes it (limits.windowBytesMax)'
    // By memory alone: messages from outside come in many small windows, and may go on for long while Kafka is away.
    if (windows.bytes + windows.count * bytesPerWindow < 2 * unpublishedBytesMax) return undefined
    return 'too much is committed that Kafka has not taken (twice limits.unpublishedBytesMax)'
  }

  /** Takes the actions of this turn into the open window. */
  private perform(actions: readonly Action[]): void {
    const { window, requests, metrics } = this.stages
    let parked: (Action & { kind: 'failed' }) | undefined
    for (const action of actions) {
      if (action.kind === 'answer') {
        const answer = requests.ended(action.request, action.reply)
        if (answer) window.whenCommitted(answer)
      } else {
        metrics.failures.add(1, action.typename, action.code, action.outcome)
        if (action.outcome === 'parked') parked = action
      }
    }
    if (parked) this.tellOfParked(parked)
  }

  /** Once in a while, however many there are; ids may be people's and stay out of the log. */
  private tellOfParked({ typename, code }: Action & { kind: 'failed' }): void {
    const nowMs = this.parts.clock.monotonic()
    if (nowMs - this.parkedToldMs < parkedTellMs) return
    this.parkedToldMs = nowMs
    const parkedAddresses = this.stages.shard.stopped.parked
    const message = `${typename} has parked an address (${code}); ${parkedAddresses} are parked: see millrace parked list`
    this.parts.telemetry.log.warn('address-parked', message, { function: typename, code, parkedAddresses })
  }

  private closeWindow(nowMs: number): void {
    const { window, windows, router, poller, commits, shard, checkpoints, savepoints, invoker } = this.stages
    if (savepoints.wantsWindow(shard) && !window.awaited) window.whenCommitted(() => undefined)
    const idle = this.draining && (this.deadlinePassed || invoker.inFlight === 0)
    if (window.empty && !router.hasMoved) {
      if (idle && !commits.underWay) this.end = 'drained'
      return
    }
    const load = idle
      ? nothing
      : { unjournaled: shard.unjournaled, pendingBytes: shard.pendingBytes, backlog: poller.buffered }
    if (!commits.due(window, load, () => this.inbox.push({ kind: 'look-again' }))) return
    router.journalPositions()
    const closed = commits.close(window, nowMs, this.mark)
    windows.announced(closed)
    checkpoints.closed(closed, shard)
    savepoints.closed(closed, shard)
  }

  /** After the commit, and only then, others may see what the window holds. */
  private committed({ window, outcome, ms }: CommitEvent): void {
    const { commits, windows, checkpoints, metrics } = this.stages
    commits.underWay = undefined
    if (outcome === 'sealed') {
      this.end = 'fenced'
      return
    }
    for (const action of window.afterCommit) action()
    const { number, records, journal, outbox } = window
    windows.committed(window)
    checkpoints.committed(number)
    metrics.windows.add(1)
    metrics.emitted.add(records)
    metrics.windowBytes.add(journal.length + outbox.length)
    metrics.commitSeconds.observe(ms / 1_000)
  }

  /** Looks at the shard now and answers once everything that was seen is committed. */
  private read<T>(look: (shard: Shard) => T, answer: (seen: T) => void): void {
    const { shard, window, router, commits } = this.stages
    const seen = look(shard)
    if (!window.empty || router.hasMoved || commits.underWay) window.whenCommitted(() => answer(seen))
    else answer(seen)
  }

  /** Lets an operator change something, and answers once it is committed. */
  private change({ make, done, refuse }: Event & { kind: 'change' }, applier: Applier, nowMs: number): void {
    const { shard, parkedBounds, window } = this.stages
    try {
      make(new Operator(shard, applier, nowMs, this.settings.limits, parkedBounds))
      window.whenCommitted(done)
    } catch (error) {
      if (!isMillraceError(error)) throw error
      refuse(error)
    }
  }

  /** Wakes the loop for the next delayed message. */
  private tickLater(nowMs: number): void {
    this.cancelTick?.()
    this.cancelTick = undefined
    const dueMs = this.stages.shard.timers.nextDueMs()
    if (dueMs !== undefined && this.isActive)
      this.cancelTick = this.parts.clock.after(Math.max(1, dueMs - nowMs), () =>
        this.inbox.push({ kind: 'look-again' }),
      )
  }
}
