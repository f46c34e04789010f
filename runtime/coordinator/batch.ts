import type { Call, CallMessage, CallState, FunctionRef, SourceRef } from '../model/invocation.ts'
import { callBytesMax } from '../protocol/call-size.ts'
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

  /** The call for what is first in the actor's lane; undefined when the endpoint does not serve its function. */
  call(shard: Shard, actor: Actor, messagesMax: number, nowMs: number): Call | undefined {
    const ordinal = this.functionOrdinals.get(actor.table.typename)
    const { lane } = actor
    if (ordinal === undefined || !lane) return undefined
    const expired = actor.expired(nowMs)
    if (expired.length > 0) shard.mutate(actor, expired)
    const count = Math.min(lane.messages.length, lane.takeMax, messagesMax)
    const messages: CallMessage[] = []
    for (let i = 0; i < count; i++) messages.push(this.message(ordinal, lane.messages[i]!))
    return { function: ordinal, id: actor.id, state: stateOf(actor), messages }
  }

  private message(ordinal: number, message: LaneMessage): CallMessage {
    const { name, payload, origin, failures } = message
    const place = this.messageOrdinals[ordinal]!.get(name)
    const { source, record, caller } = origin
    return {
      name: place,
      unknownName: place === undefined ? name : undefined,
      payload,
      attempt: failures + 1,
      messageId: origin.messageId,
      caller,
      record:
        source && record
          ? {
              source: this.sourceOrdinal(source),
              partition: source.partition,
              offset: record.offset,
              timestampMs: record.timestampMs,
              key: record.key,
              headers: record.headers,
              routeIndex: origin.routeIndex ?? 0,
            }
          : undefined,
    }
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

const noState: readonly CallState[] = []
const stateOf = (actor: Actor): readonly CallState[] => {
  if (!actor.hasState) return noState
  const state: CallState[] = []
  for (let ordinal = 0; ordinal < actor.table.states.length; ordinal++) {
    const cells = actor.cells(ordinal)
    if (cells) state.push({ state: ordinal, cells })
  }
  return state
}

/** One request while it is put together: whole addresses, as many as fit. */
export class BatchDraft {
  readonly calls: Call[] = []
  readonly actors: Actor[] = []
  messages = 0
  private bytes = 1_024

  /** False when it has no room for this call; the first always has. */
  add(actor: Actor, call: Call, bytesMax: number): boolean {
    const bytes = callBytesMax(call)
    if (this.calls.length > 0 && this.bytes + bytes > bytesMax) return false
    this.calls.push(call)
    this.actors.push(actor)
    this.messages += call.messages.length
    this.bytes += bytes
    return true
  }
}
