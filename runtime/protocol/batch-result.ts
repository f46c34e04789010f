import type {
  CallFailure,
  CallResult,
  CancelEffect,
  EmitEffect,
  IncompleteCall,
  MissingState,
  ReplyEffect,
  ReplyTarget,
  SendEffect,
} from '../model/invocation.ts'
import { type Headers, noHeaders } from '../model/record.ts'
import type { Mutation } from '../model/state-cells.ts'
import { readMutation, writeMutation } from './mutation.ts'
import { readHeader, writeHeaders } from './record-headers.ts'
import { added } from '../model/added.ts'
import { malformed, WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

// message Result { uint32 call = 1; repeated Mutation mutations = 2; repeated Send sends = 3; repeated Emit emits = 4;
//   repeated Reply replies = 5; optional Failure failed = 6; optional Incomplete incomplete = 7; }
// message Send { uint32 from = 1; optional string cancel = 2; string typename = 3; string id = 4; string message = 5;
//   optional bytes payload = 6; optional uint64 delay_ms = 7; optional string token = 8; optional ReplyTarget reply_to = 9; }
// message ReplyTarget { string typename = 1; string id = 2; string message = 3; }
// message Emit { uint32 from = 1; string egress = 2; optional bytes key = 3; optional bytes value = 4;
//   repeated Header headers = 5; optional uint64 timestamp_ms = 6; }
// message Reply { uint32 from = 1; optional bytes payload = 2; }
// message Failure { uint32 index = 1; string code = 2; bool terminal = 3; string message = 4; }
// message Incomplete { uint32 index = 1; repeated Missing missing = 2; }
// message Missing { uint32 state = 1; repeated bytes keys = 2; bool keys_only = 3; }

export const writeResult = (writer: WireWriter, result: CallResult): void => {
  if (result.call !== 0) writer.uintField(0x08, result.call)
  for (const mutation of result.mutations) writeMutation(writer, 0x12, mutation)
  for (const send of result.sends) writeSend(writer, send)
  for (const emit of result.emits) writeEmit(writer, emit)
  for (const reply of result.replies) {
    const start = writer.begin(0x2a)
    if (reply.from !== 0) writer.uintField(0x08, reply.from)
    if (reply.payload !== undefined) writer.blobField(0x12, reply.payload)
    writer.end(start)
  }
  if (result.failed !== undefined) writeFailure(writer, result.failed)
  if (result.incomplete !== undefined) writeIncomplete(writer, result.incomplete)
}

const writeFailure = (writer: WireWriter, { index, code, terminal, message }: CallFailure): void => {
  const start = writer.begin(0x32)
  if (index !== 0) writer.uintField(0x08, index)
  writer.textField(0x12, code)
  if (terminal) writer.uintField(0x18, 1)
  writer.textField(0x22, message)
  writer.end(start)
}

const writeIncomplete = (writer: WireWriter, { index, missing }: IncompleteCall): void => {
  const start = writer.begin(0x3a)
  if (index !== 0) writer.uintField(0x08, index)
  for (const { state, keys, keysOnly } of missing) {
    const inner = writer.begin(0x12)
    if (state !== 0) writer.uintField(0x08, state)
    for (const key of keys) writer.blobField(0x12, key)
    if (keysOnly) writer.uintField(0x18, 1)
    writer.end(inner)
  }
  writer.end(start)
}

const writeSend = (writer: WireWriter, send: SendEffect | CancelEffect): void => {
  const start = writer.begin(0x1a)
  if (send.from !== 0) writer.uintField(0x08, send.from)
  if (send.kind === 'cancel') writer.textField(0x12, send.token)
  else {
    writer.textField(0x1a, send.typename)
    writer.textField(0x22, send.id)
    writer.textField(0x2a, send.message)
    if (send.payload !== undefined) writer.blobField(0x32, send.payload)
    if (send.delayMs !== undefined) writer.uintField(0x38, send.delayMs)
    if (send.token !== undefined) writer.textField(0x42, send.token)
    if (send.replyTo !== undefined) {
      const target = writer.begin(0x4a)
      writer.textField(0x0a, send.replyTo.typename)
      writer.textField(0x12, send.replyTo.id)
      writer.textField(0x1a, send.replyTo.message)
      writer.end(target)
    }
  }
  writer.end(start)
}

const writeEmit = (writer: WireWriter, emit: EmitEffect): void => {
  const start = writer.begin(0x22)
  if (emit.from !== 0) writer.uintField(0x08, emit.from)
  writer.textField(0x12, emit.egress)
  if (emit.key !== null) writer.blobField(0x1a, emit.key)
  if (emit.value !== null) writer.blobField(0x22, emit.value)
  writeHeaders(writer, 0x2a, emit.headers)
  if (emit.timestampMs !== undefined) writer.uintField(0x30, emit.timestampMs)
  writer.end(start)
}

const shared = new WireWriter()

/** The bytes of one result, without a length before it. */
export const encodeResult = (result: CallResult): Uint8Array => {
  writeResult(shared.reset(), result)
  return shared.copy()
}

/** Reads one result, copying what it keeps. Throws a MillraceError ENDPOINT_PROTOCOL. */
export const decodeResult = (bytes: Uint8Array): CallResult => readResult(new WireReader(bytes), bytes.length)

// Most results have no effects of most kinds.
const noMutations: readonly Mutation[] = []
const noSends: readonly (SendEffect | CancelEffect)[] = []
const noEmits: readonly EmitEffect[] = []
const noReplies: readonly ReplyEffect[] = []

/** Reads the result that stands between the reader's position and `end`. */
export const readResult = (reader: WireReader, end: number): CallResult => {
  let call = 0
  let mutations: Mutation[] | undefined
  let sends: (SendEffect | CancelEffect)[] | undefined
  let emits: EmitEffect[] | undefined
  let replies: ReplyEffect[] | undefined
  let failed: CallFailure | undefined
  let incomplete: IncompleteCall | undefined
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) call = reader.uint32()
    else if (key === 0x12) mutations = added(mutations, readMutation(reader, end))
    else if (key === 0x1a) sends = added(sends, readSend(reader, end))
    else if (key === 0x22) emits = added(emits, readEmit(reader, end))
    else if (key === 0x2a) replies = added(replies, readReply(reader, end))
    else if (key === 0x32) failed = readFailure(reader, end)
    else if (key === 0x3a) incomplete = readIncomplete(reader, end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  return {
    call,
    mutations: mutations ?? noMutations,
    sends: sends ?? noSends,
    emits: emits ?? noEmits,
    replies: replies ?? noReplies,
    failed,
    incomplete,
  }
}

const readSend = (reader: WireReader, within: number): SendEffect | CancelEffect => {
  const end = reader.message(within)
  let from = 0
  let cancel: string | undefined
  let typename = ''
  let id = ''
  let message = ''
  let payload: Uint8Array | undefined
  let delayMs: number | undefined
  let token: string | undefined
  let replyTo: ReplyTarget | undefined
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) from = reader.uint32()
    else if (key === 0x12) cancel = reader.text(end)
    else if (key === 0x1a) typename = reader.name(end)
    else if (key === 0x22) id = reader.text(end)
    else if (key === 0x2a) message = reader.name(end)
    else if (key === 0x32) payload = reader.copy(end)
    else if (key === 0x38) delayMs = reader.uint53()
    else if (key === 0x42) token = reader.text(end)
    else if (key === 0x4a) replyTo = readTarget(reader, end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  if (cancel !== undefined) return { kind: 'cancel', from, token: cancel }
  if (typename === '' || message === '') throw malformed('a send names no actor type or no message')
  return { kind: 'send', from, typename, id, message, payload, delayMs, token, replyTo }
}

const readTarget = (reader: WireReader, within: number): ReplyTarget => {
  const end = reader.message(within)
  let typename = ''
  let id = ''
  let message = ''
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x0a) typename = reader.name(end)
    else if (key === 0x12) id = reader.text(end)
    else if (key === 0x1a) message = reader.name(end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  if (typename === '' || message === '') throw malformed('a reply target names no actor type or no message')
  return { typename, id, message }
}

const readEmit = (reader: WireReader, within: number): EmitEffect => {
  const end = reader.message(within)
  let from = 0
  let egress = ''
  let recordKey: Uint8Array | null = null
  let value: Uint8Array | null = null
  let headers: Headers[number][] | undefined
  let timestampMs: number | undefined
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) from = reader.uint32()
    else if (key === 0x12) egress = reader.name(end)
    else if (key === 0x1a) recordKey = reader.view(end)
    else if (key === 0x22) value = reader.view(end)
    else if (key === 0x2a) headers = added(headers, readHeader(reader, end))
    else if (key === 0x30) timestampMs = reader.uint53()
    else reader.pass(key, end)
  }
  reader.closed(end)
  if (egress === '') throw malformed('a record to be emitted names no egress')
  return { from, egress, key: recordKey, value, headers: headers ?? noHeaders, timestampMs }
}

const readReply = (reader: WireReader, within: number): ReplyEffect => {
  const end = reader.message(within)
  let from = 0
  let payload: Uint8Array | undefined
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) from = reader.uint32()
    else if (key === 0x12) payload = reader.copy(end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { from, payload }
}

const readFailure = (reader: WireReader, within: number): CallFailure => {
  const end = reader.message(within)
  let index = 0
  let code = ''
  let terminal = false
  let message = ''
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) index = reader.uint32()
    else if (key === 0x12) code = reader.text(end)
    else if (key === 0x18) terminal = reader.varint() !== 0
    else if (key === 0x22) message = reader.text(end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { index, code, terminal, message }
}

const readIncomplete = (reader: WireReader, within: number): IncompleteCall => {
  const end = reader.message(within)
  let index = 0
  const missing: MissingState[] = []
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) index = reader.uint32()
    else if (key === 0x12) missing.push(readMissing(reader, end))
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { index, missing }
}

const readMissing = (reader: WireReader, within: number): MissingState => {
  const end = reader.message(within)
  let state = 0
  const keys: Uint8Array[] = []
  let keysOnly = false
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) state = reader.uint32()
    else if (key === 0x12) keys.push(reader.itemView(end))
    else if (key === 0x18) keysOnly = reader.varint() !== 0
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { state, keys, keysOnly }
}
