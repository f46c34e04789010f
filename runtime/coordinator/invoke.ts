import { messageOf } from '../model/errors.ts'
import type { FailurePolicy } from '../model/function-spec.ts'
import type { CallResult } from '../model/invocation.ts'
import type { Limits } from '../model/limits.ts'
import type { Clock } from '../ports/clock.ts'
import { EndpointError } from '../ports/function-client.ts'
import type { Random } from '../ports/random.ts'
import type { Actor, ActorTable } from '../shard/actor.ts'
import type { Applier } from '../shard/apply.ts'
import type { Shard } from '../shard/shard.ts'
import { reasonOf, type Batch, type Endpoint } from './endpoint.ts'
import { Places } from './places.ts'

/** What invocations tell the loop. */
export type InvocationEvent =
  | { readonly kind: 'results'; readonly batch: Batch; readonly results: readonly CallResult[] }
  | {
      readonly kind: 'batch-ended'
      readonly batch: Batch
      readonly error: unknown
      readonly version: string | undefined
    }
  /** A back-off is over. */
  | { readonly kind: 'due'; readonly actor: Actor }
  /** An endpoint may be tried again. */
  | { readonly kind: 'look-again' }

export interface InvokerHooks {
  readonly push: (event: InvocationEvent) => void
  /** What the endpoint serves may have changed. */
  readonly rediscover: (endpoint: Endpoint) => void
  readonly ended: (batch: Batch, error: unknown) => void
}

/** Packs ready addresses into requests, and decides what a failed request means for each of them. */
export class Invoker {
  readonly endpoints: readonly Endpoint[]
  /** All functions run in this process. */
  readonly isLocal: boolean
  private readonly byTypename = new Map<string, Endpoint>()
  /** The same by the ordinal of a table, filled as they are asked for. */
  private readonly byTable: (Endpoint | undefined)[] = []
  private readonly shard: Shard
  private readonly limits: Limits
  private readonly failure: FailurePolicy
  private readonly clock: Clock
  private readonly random: Random
  private readonly hooks: InvokerHooks
  /** Actors whose function nobody serves now, or that is held. */
  private waiting: Actor[] = []

  constructor(
    shard: Shard,
    endpoints: readonly Endpoint[],
    limits: Limits,
    failure: FailurePolicy,
    clock: Clock,
    random: Random,
    hooks: InvokerHooks,
  ) {
    this.shard = shard
    this.endpoints = endpoints
    this.isLocal = endpoints.every(({ client }) => 'run' in client)
    this.limits = limits
    this.failure = failure
    this.clock = clock
    this.random = random
    this.hooks = hooks
    for (const endpoint of endpoints)
      for (const typename of endpoint.binding.typenames) this.byTypename.set(typename, endpoint)
  }

  endpointOf(typename: string): Endpoint | undefined {
    return this.byTypename.get(typename)
  }

  policyOf(typename: string): FailurePolicy {
    return this.byTypename.get(typename)?.specs.get(typename)?.failure ?? this.failure
  }

  /** Messages of requests of which nothing was answered yet, and addresses that wait for a request. */
  get load(): number {
    let load = 0
    for (const endpoint of this.endpoints) load += endpoint.load + endpoint.queue.length
    return load
  }

  /** The bytes of messages of requests of which nothing was answered yet. */
  get loadBytes(): number {
    return this.endpoints.reduce((sum, { loadBytes }) => sum + loadBytes, 0)
  }

  get inFlight(): number {
    return this.endpoints.reduce((sum, { requestsInFlight }) => sum + requestsInFlight, 0)
  }

  /** Sends whatever can be sent. */
  dispatch(nowMs: number): void {
    for (const actor of this.shard.ready.take()) this.sort(actor, nowMs)
    for (const endpoint of this.endpoints)
      while (endpoint.canSend && endpoint.breaker.allows(this.clock.monotonic(), endpoint.requestsInFlight))
        if (!this.send(endpoint, nowMs)) break
  }

  /** Those that waited for a function may go on: its endpoint was discovered anew. */
  discovered(): void {
    const { waiting } = this
    this.waiting = []
    for (const actor of waiting) this.hooks.push({ kind: 'due', actor })
  }

  /** Puts an actor to where its next step is decided: a back-off, the queue of its endpoint, or aside. */
  sort(actor: Actor, nowMs: number): void {
    const { lane } = actor
    const first = lane?.messages[0]
    if (!lane || !first) return
    if (lane.stopped) {
      // Its release puts it into a queue again.
      lane.queued = false
      return
    }
    const endpoint = this.endpointFor(actor.table)
    if (!endpoint?.serves(actor.table)) this.waiting.push(actor)
    else if (first.dueMs > nowMs) this.clock.after(first.dueMs - nowMs, () => this.hooks.push({ kind: 'due', actor }))
    else if (lane.takeMax === 1) endpoint.queue.addSuspects([actor], endpoint.breaker.successes)
    else if (lane.lacking) endpoint.queue.addFirst(actor)
    else endpoint.queue.add(actor)
  }

  private endpointFor({ ordinal, typename }: ActorTable): Endpoint | undefined {
    return (this.byTable[ordinal] ??= this.byTypename.get(typename))
  }

  private send(endpoint: Endpoint, nowMs: number): boolean {
    const { messagesPerAddressMax } = this.limits
    const next = endpoint.draft(nowMs, (actor, sink, tables) => {
      const { lane, table } = actor
      if (lane?.stopped) {
        lane.queued = false
        return 0
      }
      const held = endpoint.held.size > 0 && endpoint.held.has(table.typename)
      const count = held ? 0 : tables.call(sink, this.shard, actor, messagesPerAddressMax, nowMs)
      if (count === 0) this.hooks.push({ kind: 'due', actor })
      return count
    })
    if (!next) return false
    const { draft, successesBefore } = next
    const { actors, messages, bytes } = draft
    const unanswered = new Places(actors.length)
    const batch = {
      endpoint,
      actors,
      messages,
      load: messages,
      loadBytes: bytes,
      unanswered,
      startedMs: this.clock.monotonic(),
      successesBefore,
    }
    endpoint.requestsInFlight++
    endpoint.messagesInFlight += messages
    endpoint.load += messages
    endpoint.loadBytes += bytes
    void endpoint
      .send(batch, (results) => this.hooks.push({ kind: 'results', batch, results }))
      .then(({ error, version }) => this.hooks.push({ kind: 'batch-ended', batch, error, version }))
    return true
  }

  /** Answers how many of the results were incomplete. */
  results(batch: Batch, results: readonly CallResult[], applier: Applier): number {
    release(batch)
    let incomplete = 0
    for (const result of results) {
      const actor = batch.actors[result.call]
      if (!actor) continue
      applier.result(actor, result)
      if (!result.incomplete) continue
      incomplete++
      batch.endpoint.lacked(actor, result.incomplete)
    }
    return incomplete
  }

  /** A request is over. What it left unanswered goes out again, in a way that finds the one to blame if there is one. */
  ended(batch: Batch, error: unknown, version: string | undefined, applier: Applier): void {
    const { endpoint } = batch
    endpoint.requestsInFlight--
    endpoint.messagesInFlight -= batch.messages
    release(batch)
    this.hooks.ended(batch, error)
    const reason = reasonOf(error)
    if ((version !== undefined && version !== endpoint.version) || reason === 'stale-discovery' || isUnread(error))
      this.hooks.rediscover(endpoint)
    const left = [...batch.unanswered].flatMap((place) => batch.actors[place] ?? [])
    if (left.length < batch.actors.length || error === undefined) endpoint.breaker.succeeded()
    else if (reason !== 'too-large') this.pause(endpoint)
    if (left.length > 0) this.again(endpoint, left, batch.successesBefore, reason, messageOf(error), applier)
  }

  private pause(endpoint: Endpoint): void {
    const pauseMs = endpoint.breaker.failed(this.clock.monotonic(), this.random.next())
    this.clock.after(pauseMs, () => this.hooks.push({ kind: 'look-again' }))
  }

  private again(
    endpoint: Endpoint,
    actors: readonly Actor[],
    successesBefore: number,
    reason: ReturnType<typeof reasonOf>,
    message: string,
    applier: Applier,
  ): void {
    const [alone] = actors
    const sent = alone?.lane?.inFlight ?? 0
    for (const { lane } of actors)
      if (lane) {
        lane.inFlight = 0
        lane.queued = true
      }
    if (reason === 'unreachable' || reason === 'stale-discovery') return endpoint.queue.putBack(actors)
    if (actors.length > 1 || !alone?.lane) return endpoint.queue.addSuspects(actors, successesBefore)
    alone.lane.takeMax = 1
    const answersOthers = endpoint.breaker.successes > successesBefore
    if (sent === 1 && (answersOthers || reason === 'too-large')) {
      // Alone, with one message, while others are answered: this is an answer for it.
      alone.lane.queued = false
      const code = reason === 'too-large' ? 'LIMIT_EXCEEDED' : 'ENDPOINT_UNAVAILABLE'
      return applier.requestFailed(alone, { code, message, index: 0, terminal: reason === 'too-large' })
    }
    endpoint.queue.addSuspects(actors, successesBefore)
  }
}

/** The handler could not read the request: it may be older than the one that discovery has asked, and know less of the protocol. */
const isUnread = (error: unknown): boolean => error instanceof EndpointError && error.status === 400

const release = (batch: Batch): void => {
  batch.endpoint.load -= batch.load
  batch.endpoint.loadBytes -= batch.loadBytes
  batch.load = 0
  batch.loadBytes = 0
}
