import { assert } from '../model/errors.ts'
import type { Mutation, StateCells } from '../model/state-cells.ts'
import { Actor, type ActorMessage, type ActorTable } from './actor.ts'
import { FunctionTable, type StateDeclaration } from './function-table.ts'
import type { Journal, UndeliveredRecord } from './journal.ts'
import { Lane } from './lane.ts'
import { stopOf, type Parking, type Stop } from './parking.ts'
import { Positions, type Position } from './positions.ts'
import { KeyedRequests, type KeyedRequest, type RequestReply } from './requests.ts'
import { Timers, type DelayedMessage } from './timers.ts'

/**
 * All state of the slots that one coordinator holds: a deterministic machine without I/O, clock or randomness.
 *
 * Every change to what must survive goes through a method here that writes it to the journal and makes it, in this order.
 * Replay calls the same methods with no journal set, so what was and what is recovered cannot drift apart. Messages are
 * the exception: one that arrives and completes within a window leaves no trace; `journalArrivals` writes the others.
 */
export class Shard {
  readonly tables: ActorTable[] = []
  readonly timers = new Timers()
  readonly requests = new KeyedRequests()
  readonly positions = new Positions()
  readonly undelivered = new Map<string, UndeliveredRecord>()
  /** Addresses that are parked or paused by themselves. */
  readonly stopped = new Set<Actor>()
  parkedAddresses = 0
  pausedAddresses = 0
  /** Actors that have messages to send and wait for no other answer, since `takeReady`. */
  private ready: Actor[] = []
  private readyOfReplay = false
  /** Messages that the log does not know yet. */
  private arrivals: ActorMessage[] = []
  private readonly entries = new Map<number, ActorMessage>()
  private readonly byTypename = new Map<string, ActorTable>()
  /** Open messages that the log does not know yet. */
  unjournaled = 0
  private lastEntry = 0
  private lastTimer = 0
  /** In lanes that are not stopped. */
  pendingMessages = 0
  pendingBytes = 0
  /** In lanes of addresses that are parked or paused. */
  parkedMessages = 0
  parkedBytes = 0
  /** Entries that were put before what their lane held already. */
  private readonly firsts = new Set<number>()
  /** Undefined while replaying. */
  journal: Journal | undefined
  /** A checkpoint that is being written: it sees each actor before the first change after its start. */
  snapshot: { beforeChange(actor: Actor): void } | undefined
  snapshots = 0

  table(typename: string): ActorTable | undefined {
    return this.byTypename.get(typename)
  }

  declareFunction(typename: string): ActorTable {
    const known = this.byTypename.get(typename)
    if (known) return known
    const table = new FunctionTable<Actor>(this.tables.length, typename)
    this.journal?.declareFunction(table)
    this.tables.push(table)
    this.byTypename.set(typename, table)
    return table
  }

  declareState(table: ActorTable, state: StateDeclaration): void {
    this.journal?.declareState(table, state)
    table.states.push(state)
  }

  find(table: ActorTable, id: string): Actor | undefined {
    return table.actors.get(id)
  }

  actor(table: ActorTable, id: string): Actor {
    let actor = table.actors.get(id)
    if (!actor) {
      actor = new Actor(table, id)
      actor.snapshot = this.snapshots
      table.actors.set(id, actor)
    }
    return actor
  }

  mutate(actor: Actor, mutations: readonly Mutation[]): void {
    this.snapshot?.beforeChange(actor)
    this.journal?.mutate(actor, mutations)
    for (const mutation of mutations) actor.mutate(mutation)
    if (actor.blank) actor.table.actors.delete(actor.id)
  }

  restore(actor: Actor, ordinal: number, cells: StateCells): void {
    this.snapshot?.beforeChange(actor)
    this.journal?.restore(actor, ordinal, cells)
    actor.restore(ordinal, cells)
  }

  expireAt(actor: Actor, ordinal: number, atMs: number): void {
    this.snapshot?.beforeChange(actor)
    this.journal?.expire(actor, ordinal, atMs)
    actor.expiresAtMs ??= []
    actor.expiresAtMs[ordinal] = atMs
  }

  // ---- messages

  enqueue(message: ActorMessage): void {
    const { actor } = message
    const lane = (actor.lane ??= this.newLane(actor))
    lane.messages.push(message)
    this.count(lane, 1, message.bytes)
    if (message.entry > 0) this.known(message)
    else {
      this.arrivals.push(message)
      this.unjournaled++
    }
    this.queue(actor, lane)
  }

  /** Puts a message before all that waits for an address. Its place is fixed at once, so it is journaled at once. */
  enqueueFirst(message: ActorMessage): void {
    const { actor } = message
    const lane = (actor.lane ??= this.newLane(actor))
    assert(lane.inFlight === 0, `${actor.table.typename}/${actor.id} has calls in flight, and none can come first`)
    lane.messages.unshift(message)
    this.count(lane, 1, message.bytes)
    if (message.entry === 0) message.entry = ++this.lastEntry
    this.known(message)
    this.firsts.add(message.entry)
    this.journal?.enqueueFirst(message)
    this.queue(actor, lane)
  }

  isFirst(message: ActorMessage): boolean {
    return this.firsts.has(message.entry)
  }

  private newLane(actor: Actor): Lane<Actor> {
    const lane = new Lane<Actor>()
    lane.stopped = actor.isStopped
    return lane
  }

  private count(lane: Lane<Actor>, messages: number, bytes: number): void {
    if (lane.stopped) {
      this.parkedMessages += messages
      this.parkedBytes += bytes
    } else {
      this.pendingMessages += messages
      this.pendingBytes += bytes
    }
  }

  private known(message: ActorMessage): void {
    this.entries.set(message.entry, message)
    this.lastEntry = Math.max(this.lastEntry, message.entry)
  }

  private queue(actor: Actor, lane: Lane<Actor>): void {
    if (lane.queued || lane.inFlight > 0 || lane.stopped) return
    lane.queued = true
    this.ready.push(actor)
    this.readyOfReplay ||= this.journal === undefined
  }

  get readyCount(): number {
    return this.ready.length
  }

  takeReady(): readonly Actor[] {
    const { ready } = this
    if (ready.length > 0) this.ready = []
    if (!this.readyOfReplay) return ready
    // In a replay a lane empties and fills again without anybody taking its actor, which is then here many times over.
    this.readyOfReplay = false
    return [...new Set(ready)].filter(({ lane }) => lane !== undefined)
  }

  entry(number: number): ActorMessage {
    const message = this.entries.get(number)
    assert(message, `the journal speaks of lane entry ${number}, which is not open`)
    return message
  }

  /** Its effects stand in the journal, or it has failed for good. */
  complete(message: ActorMessage): void {
    const { actor } = message
    message.done = true
    if (message.entry > 0) {
      this.journal?.complete(message.entry)
      this.entries.delete(message.entry)
      if (this.firsts.size > 0) this.firsts.delete(message.entry)
    } else this.unjournaled--
    const { lane } = actor
    assert(lane, `${actor.table.typename}/${actor.id} completes a message without a lane`)
    this.count(lane, -1, -message.bytes)
    if (lane.messages[0] === message) lane.messages.shift()
    else lane.messages.splice(lane.messages.indexOf(message), 1)
    if (lane.messages.length === 0 && lane.inFlight === 0) this.leave(actor)
  }

  retry(message: ActorMessage, failures: number, dueMs: number): void {
    message.failures = failures
    message.dueMs = dueMs
    if (message.entry > 0) this.journal?.retry(message)
  }

  /** The messages that were in flight are answered, or will be sent again. */
  settle(actor: Actor): void {
    const { lane } = actor
    assert(lane, `${actor.table.typename}/${actor.id} settles without a lane`)
    lane.inFlight = 0
    if (lane.messages.length === 0) this.leave(actor)
    else this.queue(actor, lane)
  }

  private leave(actor: Actor): void {
    actor.lane = undefined
    if (actor.blank) actor.table.actors.delete(actor.id)
  }

  // ---- addresses that are not invoked

  /** The first message of an address has failed for good: it waits with all that come behind it. */
  park(actor: Actor, parking: Parking): void {
    this.journal?.park(actor, parking)
    this.stop(actor, stopOf(parking, actor.stop?.pausedSinceMs))
  }

  release(actor: Actor): void {
    this.journal?.release(actor)
    this.stop(actor, stopOf(undefined, actor.stop?.pausedSinceMs))
  }

  pauseActor(actor: Actor, sinceMs: number): void {
    this.journal?.pauseActor(actor, sinceMs)
    this.stop(actor, stopOf(actor.stop?.parked, sinceMs))
  }

  resumeActor(actor: Actor): void {
    this.journal?.resumeActor(actor)
    this.stop(actor, stopOf(actor.stop?.parked, undefined))
  }

  pauseFunction(table: ActorTable, sinceMs: number): void {
    this.journal?.pauseFunction(table, sinceMs)
    table.pausedSinceMs = sinceMs
    for (const actor of table.actors.values()) this.stopLane(actor)
  }

  resumeFunction(table: ActorTable): void {
    this.journal?.resumeFunction(table)
    table.pausedSinceMs = undefined
    for (const actor of table.actors.values()) this.stopLane(actor)
  }

  private stop(actor: Actor, stop: Stop | undefined): void {
    this.parkedAddresses += Number(stop?.parked !== undefined) - Number(actor.stop?.parked !== undefined)
    this.pausedAddresses += Number(stop?.pausedSinceMs !== undefined) - Number(actor.stop?.pausedSinceMs !== undefined)
    actor.stop = stop
    if (stop) this.stopped.add(actor)
    else this.stopped.delete(actor)
    this.stopLane(actor)
    if (actor.blank) actor.table.actors.delete(actor.id)
  }

  /** Brings the lane in line with its address. One that is stopped leaves its queue when its turn comes. */
  private stopLane(actor: Actor): void {
    const { lane, isStopped } = actor
    if (!lane || lane.stopped === isStopped) return
    const bytes = lane.messages.reduce((sum, message) => sum + message.bytes, 0)
    this.count(lane, -lane.messages.length, -bytes)
    lane.stopped = isStopped
    this.count(lane, lane.messages.length, bytes)
    if (!isStopped && lane.messages.length > 0) this.queue(actor, lane)
  }

  /** Writes the messages that are still open to the journal, each once in its life, in their order of arrival. */
  journalArrivals(): void {
    for (const message of this.arrivals) {
      if (message.done) continue
      message.entry = ++this.lastEntry
      this.entries.set(message.entry, message)
      this.journal?.enqueue(message)
    }
    this.arrivals = []
    this.unjournaled = 0
  }

  openEntries(): Iterable<ActorMessage> {
    return this.entries.values()
  }

  // ---- delayed messages

  nextTimer(): number {
    return ++this.lastTimer
  }

  delay(delayed: DelayedMessage): void {
    this.lastTimer = Math.max(this.lastTimer, delayed.timer)
    this.journal?.delay(delayed)
    this.timers.add(delayed)
  }

  undelay(timer: number): void {
    const delayed = this.timers.get(timer)
    assert(delayed, `the journal speaks of timer ${timer}, which is not set`)
    this.journal?.undelay(timer)
    this.timers.remove(delayed)
    if (delayed.sender.blank) delayed.sender.table.actors.delete(delayed.sender.id)
  }

  // ---- the rest

  moveTo(position: Position): void {
    this.journal?.position(position)
    this.positions.set(position)
  }

  beginRequest(request: KeyedRequest): void {
    this.journal?.request(request)
    this.requests.add(request)
  }

  settleRequest(scope: string, reply: RequestReply): void {
    const request = this.requests.get(scope)
    if (!request) return
    this.journal?.reply(scope, reply)
    request.reply = reply
  }

  forgetRequest(scope: string): void {
    this.journal?.forget(scope)
    this.requests.remove(scope)
  }

  /** Keeps an egress record that cannot be written. The same one again is known by its place. */
  keepUndelivered(record: UndeliveredRecord): void {
    this.journal?.keepUndelivered(record)
    this.undelivered.set(placeKey(record.place), record)
  }

  /** Forgets an undeliverable record. False when it is not there. */
  forgetUndelivered(place: UndeliveredRecord['place']): boolean {
    const key = placeKey(place)
    if (!this.undelivered.has(key)) return false
    this.journal?.forgetUndelivered(place)
    return this.undelivered.delete(key)
  }

  counters(): readonly [entry: number, timer: number] {
    return [this.lastEntry, this.lastTimer]
  }

  restoreCounters(entry: number, timer: number): void {
    this.lastEntry = Math.max(this.lastEntry, entry)
    this.lastTimer = Math.max(this.lastTimer, timer)
  }
}

const placeKey = ({ log, window, index }: UndeliveredRecord['place']): string => JSON.stringify([log, window, index])
