import type { FunctionRef, IncompleteCall, SourceRef } from '../model/invocation.ts'
import type { Actor, ActorTable } from '../shard/actor.ts'
import type { Source } from '../shard/lane.ts'
import type { Shard } from '../shard/shard.ts'
import type { CallSink } from './call-sink.ts'
import { SentState } from './sent-state.ts'

/** A function as requests to its endpoint name it. */
interface Served {
  /** Its place in the request's functions. */
  readonly ordinal: number
  /** Of its messages, by name. */
  readonly places: ReadonlyMap<string, number>
}

/** The names that requests to one endpoint refer to by number. Made anew at each discovery. */
export class RequestTables {
  readonly functions: readonly FunctionRef[]
  readonly sources: SourceRef[] = []
  /** What of their state goes along. */
  readonly state: SentState
  private readonly served = new Map<string, Served>()
  /** The same by the ordinal of their table, filled as they are asked for; null: it is not served. */
  private readonly servedTables: (Served | null)[] = []
  private readonly sourceOrdinals = new Map<Source, number>()

  /** @param wholeMapBytesMax see SentState */
  constructor(functions: readonly FunctionRef[], wholeMapBytesMax: number) {
    this.functions = functions
    this.state = new SentState(wholeMapBytesMax)
    functions.forEach(({ typename, messages }, ordinal) => {
      this.served.set(typename, { ordinal, places: new Map(messages.map((name, place) => [name, place])) })
    })
  }

  serves(table: ActorTable): boolean {
    return this.servedOf(table) !== null
  }

  private servedOf({ ordinal, typename }: ActorTable): Served | null {
    const known = this.servedTables[ordinal]
    if (known !== undefined) return known
    return (this.servedTables[ordinal] = this.served.get(typename) ?? null)
  }

  /** Puts the call for what is first in the actor's lane. Answers its messages; 0 where nobody serves its function. */
  call(sink: CallSink, shard: Shard, actor: Actor, messagesMax: number, nowMs: number): number {
    const served = this.servedOf(actor.table)
    const { lane } = actor
    if (!served || !lane) return 0
    const expired = actor.expired(nowMs)
    if (expired.length > 0) shard.mutate(actor, expired)
    const count = Math.min(lane.messages.length, lane.takeMax, messagesMax)
    const { ordinal, places } = served
    sink.begin(ordinal, actor, count)
    for (let i = 0; i < count; i++) {
      const message = lane.messages[i]!
      const { source } = message.origin
      sink.message(places.get(message.name), message, source ? this.sourceOrdinal(source) : -1)
    }
    sink.end()
    return count
  }

  /** What the handler of this actor could not go on without. */
  lacked({ table }: Actor, incomplete: IncompleteCall): void {
    const served = this.servedOf(table)
    if (served) this.state.lacked(served.ordinal, incomplete)
  }

  private sourceOrdinal(source: Source): number {
    const known = this.sourceOrdinals.get(source)
    if (known !== undefined) return known
    const { ingress, topic } = source
    let ordinal = this.sources.findIndex((ref) => ref.ingress === ingress && ref.topic === topic)
    if (ordinal < 0) ordinal = this.sources.push({ ingress, topic }) - 1
    this.sourceOrdinals.set(source, ordinal)
    return ordinal
  }
}

/** Puts the call for an actor; answers its messages, 0 where there is nothing to send. */
export type PutCall = (actor: Actor, sink: CallSink, tables: RequestTables) => number

/** Kept free for the names of the sources, which are written last. */
const sourcesBytes = 1_024

/** One request while it is put together: whole addresses, as many as fit. */
export class BatchDraft {
  readonly actors: Actor[] = []
  messages = 0
  /** Of the messages, as they are counted in lanes. */
  bytes = 0
  private readonly tables: RequestTables
  private readonly sink: CallSink

  constructor(tables: RequestTables, sink: CallSink) {
    this.tables = tables
    this.sink = sink
  }

  /**
   * Adds the call that `put` puts for an actor, if it has one, whose messages then are in flight. False when there is no room
   * for it; the first always has.
   */
  add(actor: Actor, bytesMax: number, put: PutCall): boolean {
    const { sink } = this
    const { length } = sink
    const count = put(actor, sink, this.tables)
    if (count === 0) return true
    if (this.actors.length > 0 && sink.length + sourcesBytes > bytesMax) {
      sink.cutTo(length)
      return false
    }
    this.actors.push(actor)
    this.messages += count
    const { lane } = actor
    if (!lane) return true
    lane.queued = false
    lane.inFlight = count
    for (let i = 0; i < count; i++) this.bytes += lane.messages[i]?.bytes ?? 0
    return true
  }
}
