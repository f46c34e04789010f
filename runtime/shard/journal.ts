import { ByteWriter } from '../model/bytes.ts'
import type { Hash128 } from '../model/hash128.ts'
import type { Headers, OutgoingRecord } from '../model/record.ts'
import type { Mutation, StateCells } from '../model/state-cells.ts'
import type { Actor, ActorMessage, ActorTable, DelayedMessage } from './actor.ts'
import type { StateDeclaration } from './function-table.ts'
import type { MessageOrigin, Source } from './lane.ts'
import type { Parking, Stop } from './parking.ts'
import type { Position } from './positions.ts'
import type { KeyedRequest, RequestReply } from './requests.ts'

/**
 * The kinds of entries in a journal. A number that has been used is never given another meaning.
 * replay.ts reads what stands here; the two change together.
 */
export const kinds = {
  declareFunction: 1,
  declareState: 2,
  mutate: 3,
  expire: 4,
  restore: 5,
  enqueue: 6,
  complete: 7,
  retry: 8,
  delay: 9,
  undelay: 10,
  position: 11,
  request: 12,
  reply: 13,
  forget: 14,
  counters: 15,
  /** Without headers and time: read, but not written any more. */
  keepBareUndelivered: 16,
  forgetUndelivered: 17,
  keepUndelivered: 18,
  park: 20,
  release: 21,
  pauseActor: 22,
  resumeActor: 23,
  pauseFunction: 24,
  resumeFunction: 25,
  enqueueFirst: 26,
  /** In checkpoints: all that is known of an address, in place of what was known before. */
  actor: 30,
} as const

export const mutationKinds = { set: 1, clear: 2, append: 3, dropFront: 4, setItem: 5, put: 6, remove: 7 } as const
export const stateKinds = { value: 1, list: 2, map: 3 } as const

/** An egress record that could not be written, kept until someone looks at it. */
export interface UndeliveredRecord extends OutgoingRecord {
  /** Where it stands: which record of which window of which log. */
  readonly place: { readonly log: string; readonly window: number; readonly index: number }
  readonly topic: string
  readonly reason: string
}

/**
 * The changes of a shard, encoded in the order in which they were made. A window holds the journal of its changes, a
 * checkpoint one that makes the whole state of nothing: replaying either is the same code.
 */
export class Journal {
  private readonly out: ByteWriter

  constructor(capacity = 64 << 10) {
    this.out = new ByteWriter(capacity)
  }

  get length(): number {
    return this.out.length
  }

  /** What was journaled; the journal is empty afterwards. */
  take(): Uint8Array {
    const bytes = this.out.copy()
    this.out.reset()
    return bytes
  }

  /** What was journaled, as a view that is valid until `reset`. */
  view(): Uint8Array {
    return this.out.written()
  }

  reset(): void {
    this.out.reset()
  }

  declareFunction(table: ActorTable): void {
    this.out.u8(kinds.declareFunction)
    this.out.uint(table.ordinal)
    this.out.text(table.typename)
  }

  declareState(table: ActorTable, state: StateDeclaration): void {
    this.out.u8(kinds.declareState)
    this.out.uint(table.ordinal)
    this.out.text(state.name)
    this.out.u8(stateKinds[state.kind])
    this.out.text(state.typename)
    this.maybeText(state.keyTypename)
  }

  private address(kind: number, actor: Actor): void {
    this.out.u8(kind)
    this.out.uint(actor.table.ordinal)
    this.out.text(actor.id)
  }

  /** All that the log knows of an actor but the states `without`. One of which nothing is left says that it is gone. */
  actor(actor: Actor, without: readonly Mutation[]): void {
    const { out } = this
    this.address(kinds.actor, actor)
    const ordinals = actor.heldStates(without)
    out.uint(ordinals.length)
    for (const ordinal of ordinals) {
      out.uint(ordinal)
      out.uint(actor.expiresAtMs?.[ordinal] ?? 0)
      const cells = actor.view(ordinal)
      if (cells) this.cells(cells)
    }
    this.stop(actor.stop)
    out.uint(actor.delayed)
    for (const delayed of actor.timers ?? []) this.delayed(delayed)
    const messages = actor.lane?.messages.filter(({ entry }) => entry > 0)
    out.uint(messages?.length ?? 0)
    for (const message of messages ?? []) {
      out.u8(message.first ? 1 : 0)
      this.message(message)
    }
  }

  /** An actor as `actor` has once written it. */
  encodedActor(bytes: Uint8Array): void {
    this.out.raw(bytes)
  }

  private stop(stop: Stop | undefined): void {
    const { parked, pausedSinceMs } = stop ?? {}
    this.out.u8((parked ? 1 : 0) | (pausedSinceMs === undefined ? 0 : 2))
    if (parked) this.parking(parked)
    if (pausedSinceMs !== undefined) this.out.uint(pausedSinceMs)
  }

  mutate(actor: Actor, mutations: readonly Mutation[]): void {
    this.address(kinds.mutate, actor)
    this.out.uint(mutations.length)
    for (const mutation of mutations) this.mutation(mutation)
  }

  private mutation(mutation: Mutation): void {
    const { out } = this
    out.u8(mutationKinds[mutation.op])
    out.uint(mutation.state)
    switch (mutation.op) {
      case 'set':
      case 'append':
        return out.blob(mutation.value)
      case 'clear':
        return
      case 'dropFront':
        return out.uint(mutation.count)
      case 'setItem':
        out.uint(mutation.index)
        return out.blob(mutation.value)
      case 'put':
        out.blob(mutation.key)
        return out.blob(mutation.value)
      case 'remove':
        return out.blob(mutation.key)
    }
  }

  expire(actor: Actor, ordinal: number, atMs: number): void {
    this.address(kinds.expire, actor)
    this.out.uint(ordinal)
    this.out.uint(atMs)
  }

  restore(actor: Actor, ordinal: number, cells: StateCells): void {
    this.address(kinds.restore, actor)
    this.out.uint(ordinal)
    this.cells(cells)
  }

  private cells(cells: StateCells): void {
    const { out } = this
    out.u8(stateKinds[cells.kind])
    if (cells.kind === 'value') return out.blob(cells.value)
    if (cells.kind === 'list') {
      out.uint(cells.head)
      out.uint(cells.items.length)
      for (const item of cells.items) out.blob(item)
      return
    }
    out.uint(cells.entries.length)
    for (const { key, value } of cells.entries) {
      out.blob(key)
      out.blob(value)
    }
  }

  enqueue(message: ActorMessage): void {
    this.address(kinds.enqueue, message.actor)
    this.message(message)
  }

  /** Before all that the lane held when it was written. */
  enqueueFirst(message: ActorMessage): void {
    this.address(kinds.enqueueFirst, message.actor)
    this.message(message)
  }

  private message(message: ActorMessage): void {
    const { out } = this
    out.uint(message.entry)
    out.uint(message.failures)
    out.uint(message.dueMs)
    out.text(message.name)
    out.maybeBlob(message.payload)
    this.origin(message.origin)
  }

  complete(entry: number): void {
    this.out.u8(kinds.complete)
    this.out.uint(entry)
  }

  retry(message: ActorMessage): void {
    this.out.u8(kinds.retry)
    this.out.uint(message.entry)
    this.out.uint(message.failures)
    this.out.uint(message.dueMs)
  }

  delay(delayed: DelayedMessage): void {
    this.address(kinds.delay, delayed.sender)
    this.delayed(delayed)
  }

  private delayed(delayed: DelayedMessage): void {
    const { out } = this
    out.uint(delayed.timer)
    out.uint(delayed.dueMs)
    this.maybeText(delayed.token)
    out.text(delayed.typename)
    out.text(delayed.id)
    out.text(delayed.message)
    out.maybeBlob(delayed.payload)
    this.origin(delayed.origin)
  }

  undelay(timer: number): void {
    this.out.u8(kinds.undelay)
    this.out.uint(timer)
  }

  position(position: Position): void {
    const { out } = this
    out.u8(kinds.position)
    this.source(position.source)
    out.uint(position.offset)
    out.u8(position.fingerprint ? 1 : 0)
    if (!position.fingerprint) return
    out.int(position.fingerprint.timestampMs)
    out.int(position.fingerprint.hash)
  }

  request(request: KeyedRequest): void {
    this.out.u8(kinds.request)
    this.out.text(request.scope)
    this.out.text(request.fingerprint)
    this.out.uint(request.expiresAtMs)
  }

  reply(scope: string, reply: RequestReply): void {
    const { out } = this
    out.u8(kinds.reply)
    out.text(scope)
    out.u8(reply.ok ? 1 : 0)
    if (reply.ok) return out.maybeBlob(reply.payload)
    out.text(reply.code)
    out.text(reply.message)
  }

  forget(scope: string): void {
    this.out.u8(kinds.forget)
    this.out.text(scope)
  }

  park(actor: Actor, parking: Parking): void {
    this.address(kinds.park, actor)
    this.parking(parking)
  }

  private parking({ code, message, sinceMs }: Parking): void {
    this.out.text(code)
    this.out.text(message)
    this.out.uint(sinceMs)
  }

  release(actor: Actor): void {
    this.address(kinds.release, actor)
  }

  pauseActor(actor: Actor, sinceMs: number): void {
    this.address(kinds.pauseActor, actor)
    this.out.uint(sinceMs)
  }

  resumeActor(actor: Actor): void {
    this.address(kinds.resumeActor, actor)
  }

  pauseFunction(table: ActorTable, sinceMs: number): void {
    this.out.u8(kinds.pauseFunction)
    this.out.uint(table.ordinal)
    this.out.uint(sinceMs)
  }

  resumeFunction(table: ActorTable): void {
    this.out.u8(kinds.resumeFunction)
    this.out.uint(table.ordinal)
  }

  /** The last numbers given to lane entries and timers, for a checkpoint that holds none of them. */
  counters(entry: number, timer: number): void {
    this.out.u8(kinds.counters)
    this.out.uint(entry)
    this.out.uint(timer)
  }

  keepUndelivered(record: UndeliveredRecord): void {
    const { out } = this
    out.u8(kinds.keepUndelivered)
    this.place(record.place)
    out.text(record.topic)
    out.text(record.reason)
    out.maybeBlob(record.key)
    out.maybeBlob(record.value)
    this.headers(record.headers)
    out.int(record.timestampMs ?? -1)
  }

  forgetUndelivered(place: UndeliveredRecord['place']): void {
    this.out.u8(kinds.forgetUndelivered)
    this.place(place)
  }

  private place({ log, window, index }: UndeliveredRecord['place']): void {
    this.out.text(log)
    this.out.uint(window)
    this.out.uint(index)
  }

  private maybeText(text: string | Hash128 | undefined): void {
    this.out.u8(text === undefined ? 0 : 1)
    if (typeof text === 'string') this.out.text(text)
    else if (text) text.writeText(this.out)
  }

  private source(source: Source): void {
    this.out.text(source.ingress)
    this.out.text(source.topic)
    this.out.uint(source.partition)
  }

  private origin(origin: MessageOrigin): void {
    const { out } = this
    this.maybeText(origin.messageId)
    this.maybeText(origin.request)
    out.u8((origin.caller ? 1 : 0) | (origin.replyTo ? 2 : 0) | (origin.source && origin.record ? 4 : 0))
    if (origin.caller) {
      out.text(origin.caller.typename)
      out.text(origin.caller.id)
    }
    if (origin.replyTo) {
      out.text(origin.replyTo.typename)
      out.text(origin.replyTo.id)
      out.text(origin.replyTo.message)
    }
    if (!origin.source || !origin.record) return
    const { record } = origin
    this.source(origin.source)
    out.uint(origin.routeIndex ?? 0)
    out.uint(record.offset)
    out.int(record.timestampMs)
    out.maybeBlob(record.key)
    out.maybeBlob(record.value)
    this.headers(record.headers)
  }

  private headers(headers: Headers): void {
    this.out.uint(headers.length)
    for (const [name, value] of headers) {
      this.out.text(name)
      this.out.maybeBlob(value)
    }
  }
}
