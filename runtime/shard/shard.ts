import { assert } from '../model/errors.ts'
import { defaultMaxParallelism, type Spread } from '../model/key-group.ts'
import type { Mutation, StateCells } from '../model/state-cells.ts'
import type { Actor, ActorMessage, ActorTable, DelayedMessage } from './actor.ts'
import { corruptJournal } from './corrupt-journal.ts'
import type { EncodedActor } from './encoded-actor.ts'
import type { StateDeclaration } from './function-table.ts'
import type { Journal, UndeliveredRecord } from './journal.ts'
import { Lane } from './lane.ts'
import type { Parking } from './parking.ts'
import { Positions, type Position } from './positions.ts'
import { ReadyActors } from './ready-actors.ts'
import { KeyedRequests, type KeyedRequest, type RequestReply } from './requests.ts'
import { ShardActors } from './shard-actors.ts'
import { StoppedActors } from './stopped-actors.ts'
import { Timers } from './timers.ts'
import { UndeliveredRecords } from './undelivered-records.ts'

/** Messages that came and went within a window and are still held, beside as many as are open. */
const doneMax = 250

/**
 * All state of the slots that one coordinator holds: a deterministic machine without I/O, clock or randomness.
 *
 * Every change to what must survive goes through a method here that writes it to the journal and makes it, in this order.
 * Replay calls the same methods with no journal set, so what was and what is recovered cannot drift apart. Messages are
 * the exception: one that arrives and completes within a window leaves no trace; `journalArrivals` writes the others.
 */
export class Shard extends ShardActors {
  readonly timers = new Timers()
  readonly requests = new KeyedRequests()
  readonly positions = new Positions()
  readonly undelivered = new UndeliveredRecords()
  /** Addresses that are parked or paused by themselves. */
  readonly stopped = new StoppedActors()
  readonly ready = new ReadyActors()
  /** Messages that the log does not know yet. */
  private arrivals: ActorMessage[] = []
  private readonly entries = new Map<number, ActorMessage>()
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
  /** Undefined while replaying. */
  journal: Journal | undefined

  constructor(spread: Spread = { maxParallelism: defaultMaxParallelism, slots: 1 }) {
    super(spread)
  }

  declareFunction(typename: string): ActorTable {
    const known = this.table(typename)
    if (known) return known
    const table = this.newTable(typename)
    this.journal?.declareFunction(table)
    this.addTable(table)
    return table
  }

  declareState(table: ActorTable, state: StateDeclaration): void {
    this.journal?.declareState(table, state)
    table.states.push(state)
  }

  mutate(actor: Actor, mutations: readonly Mutation[]): void {
    this.touch(actor)
    this.journal?.mutate(actor, mutations)
    for (const mutation of mutations) actor.mutate(mutation)
    if (actor.blank) this.vanish(actor)
  }

  restore(actor: Actor, ordinal: number, cells: StateCells): void {
    this.touch(actor)
    this.journal?.restore(actor, ordinal, cells)
    actor.restore(ordinal, cells)
  }

  expireAt(actor: Actor, ordinal: number, atMs: number): void {
    this.touch(actor)
    this.journal?.expire(actor, ordinal, atMs)
    actor.expiresAtMs ??= []
    actor.expiresAtMs[ordinal] = atMs
  }

  // ---- messages

  enqueue(message: ActorMessage): void {
    const { actor } = message
    if (message.entry > 0) this.touch(actor)
    let { lane } = actor
    if (lane) lane.messages.push(message)
    else lane = actor.lane = new Lane<Actor>(actor.isStopped, message)
    this.count(lane, 1, message.bytes)
    if (message.entry > 0) this.known(message)
    else {
      this.unjournaled++
      if (this.arrivals.push(message) > 2 * this.unjournaled + doneMax) this.forgetDone()
    }
    this.queue(actor, lane)
  }

  /** Lets go of messages that came and went: to hold them until the window closes would make the garbage collector copy them. */
  private forgetDone(): void {
    const { arrivals } = this
    let kept = 0
    for (const message of arrivals) if (!message.done) arrivals[kept++] = message
    arrivals.length = kept
  }

  /** Puts a message before all that waits for an address. Its place is fixed at once, so it is journaled at once. */
  enqueueFirst(message: ActorMessage): void {
    const { actor } = message
    this.touch(actor)
    const lane = (actor.lane ??= new Lane<Actor>(actor.isStopped))
    assert(lane.inFlight === 0, `${actor.table.typename}/${actor.id} has calls in flight, and none can come first`)
    message.first = true
    lane.messages.unshift(message)
    this.count(lane, 1, message.bytes)
    if (message.entry === 0) message.entry = ++this.lastEntry
    this.known(message)
    this.journal?.enqueueFirst(message)
    this.queue(actor, lane)
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
    this.ready.add(actor, this.journal === undefined)
  }

  entry(number: number): ActorMessage {
    const message = this.entries.get(number)
    assert(message, `the journal speaks of lane entry ${number}, which is not open`)
    return message
  }

  /** Its effects stand in the journal, or it has failed for good. */
  complete(message: ActorMessage): void {
    const { actor } = message
    if (message.entry > 0) {
      this.touch(actor)
      this.journal?.complete(message.entry)
      this.entries.delete(message.entry)
    } else this.unjournaled--
    const { lane } = actor
    assert(lane, `${actor.table.typename}/${actor.id} completes a message without a lane`)
    this.close(message, lane)
    if (lane.messages[0] === message) lane.messages.shift()
    else lane.messages.splice(lane.messages.indexOf(message), 1)
    if (lane.messages.length === 0 && lane.inFlight === 0) this.leave(actor)
  }

  private close(message: ActorMessage, lane: Lane<Actor>): void {
    message.done = true
    this.count(lane, -1, -message.bytes)
  }

  retry(message: ActorMessage, failures: number, dueMs: number): void {
    if (message.entry > 0) this.touch(message.actor)
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
    if (actor.blank) this.vanish(actor)
  }

  // ---- addresses that are not invoked

  /** The first message of an address has failed for good: it waits with all that come behind it. */
  park(actor: Actor, parking: Parking): void {
    this.touch(actor)
    this.journal?.park(actor, parking)
    this.stop(actor, parking, actor.stop?.pausedSinceMs)
  }

  release(actor: Actor): void {
    this.touch(actor)
    this.journal?.release(actor)
    this.stop(actor, undefined, actor.stop?.pausedSinceMs)
  }

  pauseActor(actor: Actor, sinceMs: number): void {
    this.touch(actor)
    this.journal?.pauseActor(actor, sinceMs)
    this.stop(actor, actor.stop?.parked, sinceMs)
  }

  resumeActor(actor: Actor): void {
    this.touch(actor)
    this.journal?.resumeActor(actor)
    this.stop(actor, actor.stop?.parked, undefined)
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

  private stop(actor: Actor, parked: Parking | undefined, pausedSinceMs: number | undefined): void {
    this.stopped.change(actor, parked, pausedSinceMs)
    this.stopLane(actor)
    if (actor.blank) this.vanish(actor)
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
      this.touch(message.actor)
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
    this.touch(delayed.sender)
    this.journal?.delay(delayed)
    this.timers.add(delayed)
  }

  undelay(timer: number): void {
    const delayed = this.timers.get(timer)
    assert(delayed, `the journal speaks of timer ${timer}, which is not set`)
    this.touch(delayed.sender)
    this.journal?.undelay(timer)
    this.timers.remove(delayed)
    if (delayed.sender.blank) this.vanish(delayed.sender)
  }

  moveTo(position: Position): void {
    this.journal?.position(position)
    this.positions.set(position)
  }

  beginRequest(request: KeyedRequest): void {
    this.changes.noteRequest(request.scope)
    this.journal?.request(request)
    this.requests.add(request)
  }

  settleRequest(scope: string, reply: RequestReply): void {
    if (!this.requests.get(scope)) return
    this.changes.noteRequest(scope)
    this.journal?.reply(scope, reply)
    this.requests.settle(scope, reply)
  }

  forgetRequest(scope: string): void {
    this.changes.noteRequest(scope)
    this.journal?.forget(scope)
    this.requests.remove(scope)
  }

  /** Keeps an egress record that cannot be written. The same one again is known by its place. */
  keepUndelivered(record: UndeliveredRecord): void {
    this.journal?.keepUndelivered(record)
    this.undelivered.keep(record)
  }

  /** Forgets an undeliverable record. False when it is not there. */
  forgetUndelivered(place: UndeliveredRecord['place']): boolean {
    if (!this.undelivered.has(place)) return false
    this.journal?.forgetUndelivered(place)
    return this.undelivered.forget(place)
  }

  // ---- loading a checkpoint

  /** Forgets all that is known of an actor: a checkpoint is about to say everything. */
  wipe(actor: Actor): void {
    const { lane } = actor
    for (const message of lane?.messages ?? []) {
      this.entries.delete(message.entry)
      if (lane) this.close(message, lane)
    }
    actor.lane = undefined
    this.stopped.change(actor, undefined, undefined)
    for (const delayed of [...(actor.timers ?? [])]) this.timers.remove(delayed)
    actor.clearAll()
  }

  /** Takes an actor as a slot's section of a checkpoint holds it, in place of whatever was known of it. */
  keepAtRest(encoded: EncodedActor, slot: number): void {
    const table = this.tables[encoded.ordinal]
    if (!table) throw corruptJournal(`function ${encoded.ordinal}, which was not declared`)
    const before = table.actors.size > 0 ? table.actors.get(encoded.id) : undefined
    if (before) {
      this.wipe(before)
      table.actors.delete(before.id)
    }
    if (encoded.states > 0) this.resting.keep(table, encoded, slot)
    else this.resting.forget(table, encoded)
  }

  /** All segments of a checkpoint are loaded. */
  loaded(): void {
    this.requests.sort()
    this.resting.loaded()
    this.changes.forgetRequests()
  }

  counters(): readonly [entry: number, timer: number] {
    return [this.lastEntry, this.lastTimer]
  }

  restoreCounters(entry: number, timer: number): void {
    this.lastEntry = Math.max(this.lastEntry, entry)
    this.lastTimer = Math.max(this.lastTimer, timer)
  }
}
