import type { FunctionRef, SourceRef } from '../model/invocation.ts'
import { BatchRequestWriter } from '../protocol/batch-request-writer.ts'
import type { Actor } from '../shard/actor.ts'
import type { LaneMessage } from '../shard/lane.ts'
import type { CallSink } from './call-sink.ts'
import type { SentState } from './sent-state.ts'

/** Writes what stands in lanes straight into the bytes of a request. One request at a time. */
export class WireCalls implements CallSink {
  private readonly writer = new BatchRequestWriter()
  private call = 0
  private state: SentState | undefined

  start(nowMs: number, functions: readonly FunctionRef[], state: SentState): void {
    this.state = state
    this.writer.begin(nowMs, functions)
  }

  get length(): number {
    return this.writer.length
  }

  begin(fn: number, actor: Actor, count: number): void {
    this.call = this.writer.beginCall(fn, actor.id)
    this.state?.write(this.writer, fn, actor, count)
  }

  message(place: number | undefined, { name, payload, origin, failures }: LaneMessage, source: number): void {
    const { writer } = this
    const { record, messageId, caller, routeIndex = 0 } = origin
    const unknownName = place === undefined ? name : undefined
    const start = writer.beginMessage(place, unknownName, payload, failures + 1, messageId, caller)
    if (origin.source && record) {
      const { offset, timestampMs, key, headers } = record
      writer.record(source, origin.source.partition, offset, timestampMs, key, headers, routeIndex)
    }
    writer.end(start)
  }

  end(): void {
    this.writer.end(this.call)
  }

  cutTo(length: number): void {
    this.writer.cutTo(length)
  }

  /** The request's bytes; the next request can begin. */
  finish(sources: readonly SourceRef[]): Uint8Array {
    return this.writer.finish(sources)
  }
}
