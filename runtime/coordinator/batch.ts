import type { FunctionRef, SourceRef } from '../model/invocation.ts'
import { BatchRequestWriter } from '../protocol/batch-request-writer.ts'
import type { Actor } from '../shard/actor.ts'
import type { LaneMessage, Source } from '../shard/lane.ts'
import type { Shard } from '../shard/shard.ts'

/** The names that requests to one endpoint refer to by number. Made anew at each discovery. */
export class RequestTables {
  readonly functions: readonly FunctionRef[]
  readonly sources: SourceRef[] = []
  private readonly functionOrdinals = new Map<string, number>()
  private readonly messageOrdinals: ReadonlyMap<string, number>[] = []
  private readonly sourceOrdinals = new Map<Source, number>()

  constructor(functions: readonly FunctionRef[]) {
    this.functions = functions
    functions.forEach(({ typename, messages }, ordinal) => {
      this.functionOrdinals.set(typename, ordinal)
      this.messageOrdinals.push(new Map(messages.map((name, place) => [name, place])))
    })
  }

  /** Writes the call for what is first in the actor's lane. Answers its messages; 0 where nobody serves its function. */
  call(writer: BatchRequestWriter, shard: Shard, actor: Actor, messagesMax: number, nowMs: number): number {
    const ordinal = this.functionOrdinals.get(actor.table.typename)
    const { lane } = actor
    if (ordinal === undefined || !lane) return 0
    const expired = actor.expired(nowMs)
    if (expired.length > 0) shard.mutate(actor, expired)
    const count = Math.min(lane.messages.length, lane.takeMax, messagesMax)
    const call = writer.beginCall(ordinal, actor.id)
    writeState(writer, actor)
    for (let i = 0; i < count; i++) this.message(writer, ordinal, lane.messages[i]!)
    writer.end(call)
    return count
  }

  private message(writer: BatchRequestWriter, ordinal: number, { name, payload, origin, failures }: LaneMessage): void {
    const place = this.messageOrdinals[ordinal]!.get(name)
    const unknownName = place === undefined ? name : undefined
    const { source, record, messageId, caller, routeIndex = 0 } = origin
    const start = writer.beginMessage(place, unknownName, payload, failures + 1, messageId, caller)
    if (source && record) {
      const { offset, timestampMs, key, headers } = record
      writer.record(this.sourceOrdinal(source), source.partition, offset, timestampMs, key, headers, routeIndex)
    }
    writer.end(start)
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

const writeState = (writer: BatchRequestWriter, actor: Actor): void => {
  if (!actor.hasState) return
  for (let state = 0; state < actor.table.states.length; state++) {
    const value = actor.value(state)
    if (value !== undefined) writer.value(state, value)
    else {
      const cells = actor.cells(state)
      if (cells) writer.state({ state, cells })
    }
  }
}

/** Writes the call for an actor; answers its messages, 0 where there is nothing to send. */
export type WriteCall = (actor: Actor, writer: BatchRequestWriter, tables: RequestTables) => number

/** Kept free for the names of the sources, which are written last. */
const sourcesBytes = 1_024

// A draft is finished before the next one begins, so one buffer serves all.
const writer = new BatchRequestWriter()

/** One request while it is put together: whole addresses, as many as fit. */
export class BatchDraft {
  readonly actors: Actor[] = []
  /** How many messages of each go with it. */
  readonly counts: number[] = []
  messages = 0
  private readonly tables: RequestTables

  constructor(tables: RequestTables, nowMs: number) {
    this.tables = tables
    writer.begin(nowMs, tables.functions)
  }

  /**
   * Adds the call that `write` writes for an actor, if it has one. False when there is no room for it; the first always has.
   */
  add(actor: Actor, bytesMax: number, write: WriteCall): boolean {
    const { length } = writer
    const count = write(actor, writer, this.tables)
    if (count === 0) return true
    if (this.actors.length > 0 && writer.length + sourcesBytes > bytesMax) {
      writer.cutTo(length)
      return false
    }
    this.actors.push(actor)
    this.counts.push(count)
    this.messages += count
    return true
  }

  /** The request's bytes. */
  finish(): Uint8Array {
    return writer.finish(this.tables.sources)
  }
}
