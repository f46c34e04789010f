import type { BatchRequest, Call, CallState, FunctionRef, SourceRef } from '../model/invocation.ts'
import type { MessageId } from '../model/message-id.ts'
import type { Headers } from '../model/record.ts'
import { writeState, writeValue } from './call-state.ts'
import { writeHeaders } from './record-headers.ts'
import { WireWriter } from './wire-writer.ts'

/**
 * Writes a batch request (see batch-request for its messages) call by call, with no object for a call or a message in
 * between: a coordinator writes what stands in its lanes straight into the bytes that are sent.
 * @example
 * writer.begin(nowMs, functions)
 * const call = writer.beginCall(0, 'anna')
 * writer.state({ state: 0, cells })
 * const message = writer.beginMessage(0, undefined, payload, 1, 'id', undefined)
 * writer.end(message)
 * writer.end(call)
 * const bytes = writer.finish(sources)
 */
export class BatchRequestWriter {
  private readonly out = new WireWriter(64 << 10)

  /** Bytes written since `begin`. */
  get length(): number {
    return this.out.length
  }

  begin(nowMs: number, functions: readonly FunctionRef[]): void {
    const { out } = this
    out.reset()
    out.uintField(0x08, nowMs)
    for (const ref of functions) {
      const start = out.begin(0x12)
      out.textField(0x0a, ref.typename)
      for (const state of ref.states) out.textField(0x12, state)
      for (const message of ref.messages) out.textField(0x1a, message)
      out.end(start)
    }
  }

  /** Opens a call; what is answered goes to `end`. */
  beginCall(fn: number, id: string): number {
    const { out } = this
    const start = out.beginLong(0x22)
    if (fn !== 0) out.uintField(0x08, fn)
    out.textField(0x12, id)
    return start
  }

  state(state: CallState): void {
    writeState(this.out, 0x1a, state)
  }

  /** A state that is a single value. */
  value(state: number, value: Uint8Array): void {
    writeValue(this.out, 0x1a, state, value)
  }

  /** Opens a message of the open call; what is answered goes to `end`. */
  beginMessage(
    name: number | undefined,
    unknownName: string | undefined,
    payload: Uint8Array | undefined,
    attempt: number,
    messageId: MessageId | undefined,
    caller: { readonly typename: string; readonly id: string } | undefined,
  ): number {
    const { out } = this
    const start = out.beginLong(0x22)
    if (name !== undefined) out.uintField(0x08, name)
    if (unknownName !== undefined) out.textField(0x12, unknownName)
    if (payload !== undefined) out.blobField(0x1a, payload)
    if (attempt !== 1) out.uintField(0x20, attempt)
    if (typeof messageId === 'string') out.textField(0x2a, messageId)
    else if (messageId !== undefined) {
      out.u8(0x2a)
      messageId.writeText(out)
    }
    if (caller !== undefined) {
      const inner = out.begin(0x32)
      out.textField(0x0a, caller.typename)
      out.textField(0x12, caller.id)
      out.end(inner)
    }
    return start
  }

  /** The record behind the open message. */
  record(
    source: number,
    partition: number,
    offset: number,
    timestampMs: number,
    key: Uint8Array | null,
    headers: Headers,
    routeIndex: number,
  ): void {
    const { out } = this
    const start = out.begin(0x3a)
    if (source !== 0) out.uintField(0x08, source)
    if (partition !== 0) out.uintField(0x10, partition)
    if (offset !== 0) out.uintField(0x18, offset)
    if (timestampMs > 0) out.uintField(0x20, timestampMs)
    if (key !== null) out.blobField(0x2a, key)
    if (headers.length > 0) writeHeaders(out, 0x32, headers)
    if (routeIndex !== 0) out.uintField(0x38, routeIndex)
    out.end(start)
  }

  /** Closes a message or a call. */
  end(start: number): void {
    this.out.endLong(start)
  }

  /** Takes back all that was written since there were `length` bytes. */
  cutTo(length: number): void {
    this.out.length = length
  }

  /** The whole request; the writer is free for the next. */
  finish(sources: readonly SourceRef[]): Uint8Array {
    const { out } = this
    for (const { ingress, topic } of sources) {
      const start = out.begin(0x1a)
      out.textField(0x0a, ingress)
      out.textField(0x12, topic)
      out.end(start)
    }
    return out.copy()
  }
}

// Encoding is synchronous, so one buffer serves all requests.
const shared = new BatchRequestWriter()

/** The bytes of a batch request that is there as data. */
export const encodeBatchRequest = (request: BatchRequest): Uint8Array => {
  shared.begin(request.nowMs, request.functions)
  for (const call of request.calls) writeCall(shared, call)
  return shared.finish(request.sources)
}

const writeCall = (writer: BatchRequestWriter, call: Call): void => {
  const start = writer.beginCall(call.function, call.id)
  for (const state of call.state) writer.state(state)
  for (const { name, unknownName, payload, attempt, messageId, caller, record } of call.messages) {
    const message = writer.beginMessage(name, unknownName, payload, attempt, messageId, caller)
    if (record !== undefined) {
      const { source, partition, offset, timestampMs, key, headers, routeIndex } = record
      writer.record(source, partition, offset, timestampMs, key, headers, routeIndex)
    }
    writer.end(message)
  }
  writer.end(start)
}
