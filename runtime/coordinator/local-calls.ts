import type {
  BatchRequest,
  Call,
  CallMessage,
  CallRecord,
  CallState,
  FunctionRef,
  SourceRef,
} from '../model/invocation.ts'
import { added } from '../model/added.ts'
import { copyOf } from '../model/bytes.ts'
import type { Actor } from '../shard/actor.ts'
import type { LaneMessage } from '../shard/lane.ts'
import type { CallSink } from './call-sink.ts'

/**
 * The request to functions in this process: the calls as data, with the payloads that lanes hold and copies of state.
 * Nobody on the other side may change it: see Type on what a user's own encoding gets.
 */
export class LocalCalls implements CallSink, BatchRequest {
  readonly nowMs: number
  readonly functions: readonly FunctionRef[]
  readonly sources: readonly SourceRef[]
  readonly calls: Call[] = []
  readonly length = 0
  private function = 0
  private actor: Actor | undefined
  private messages: CallMessage[] | undefined

  /** @param sources may grow until the request is sent */
  constructor(nowMs: number, functions: readonly FunctionRef[], sources: readonly SourceRef[]) {
    this.nowMs = nowMs
    this.functions = functions
    this.sources = sources
  }

  begin(fn: number, actor: Actor): void {
    this.function = fn
    this.actor = actor
    this.messages = undefined
  }

  message(place: number | undefined, message: LaneMessage, source: number): void {
    this.messages = added(this.messages, new LocalMessage(place, message, source))
  }

  end(): void {
    const { actor } = this
    if (actor)
      this.calls.push({
        function: this.function,
        id: actor.id,
        state: actor.hasState ? statesOf(actor) : noStates,
        messages: this.messages ?? [],
      })
  }

  /** Bytes bound a request, and here are none. */
  cutTo(): void {}
}

const noStates: readonly CallState[] = []

const statesOf = (actor: Actor): readonly CallState[] => {
  let states: CallState[] | undefined
  for (let state = 0; state < actor.table.states.length; state++) {
    const cells = actor.cells(state)
    if (cells) states = added(states, { state, cells })
  }
  return states ?? noStates
}

/** A message in a lane as a call shows it; what few handlers ask for is made when they do. */
class LocalMessage implements CallMessage {
  readonly name: number | undefined
  readonly attempt: number
  private readonly message: LaneMessage
  private readonly source: number

  constructor(place: number | undefined, message: LaneMessage, source: number) {
    this.name = place
    this.attempt = message.failures + 1
    this.message = message
    this.source = source
  }

  get unknownName(): string | undefined {
    return this.name === undefined ? this.message.name : undefined
  }

  get payload(): Uint8Array | undefined {
    return this.message.payload
  }

  get messageId(): string | undefined {
    return this.message.origin.messageId?.toString()
  }

  get caller(): CallMessage['caller'] {
    return this.message.origin.caller
  }

  get record(): CallRecord | undefined {
    const { source, record, routeIndex = 0 } = this.message.origin
    if (!source || !record) return undefined
    const { offset, timestampMs } = record
    // Handlers are given these bytes as they are, and may change them.
    const headers = record.headers.map(([name, text]) => [name, copyOf(text)] as const)
    return {
      source: this.source,
      partition: source.partition,
      offset,
      timestampMs,
      key: copyOf(record.key),
      headers,
      routeIndex,
    }
  }
}
