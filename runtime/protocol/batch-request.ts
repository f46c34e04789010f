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
import { noHeaders } from '../model/record.ts'
import { readHeader } from './record-headers.ts'
import { readState } from './call-state.ts'
import { malformed, WireReader } from './wire-reader.ts'

// message BatchRequest { uint64 now_ms = 1; repeated FunctionRef functions = 2; repeated SourceRef sources = 3;
//   repeated Call calls = 4; }
// message FunctionRef { string typename = 1; repeated string states = 2; repeated string messages = 3; }
// message SourceRef { string ingress = 1; string topic = 2; }
// message Call { uint32 function = 1; string id = 2; repeated State state = 3; repeated Message messages = 4; }
// message Message { optional uint32 name = 1; optional string unknown_name = 2; optional bytes payload = 3;
//   uint32 attempt = 4; optional string message_id = 5; optional Caller caller = 6; optional Record record = 7; }
// message Caller { string typename = 1; string id = 2; }
// message Record { uint32 source = 1; uint32 partition = 2; uint64 offset = 3; uint64 timestamp_ms = 4;
//   optional bytes key = 5; repeated Header headers = 6; uint32 route_index = 7; }

/**
 * Reads a batch request whose sender is not trusted. Payloads and cells are views of `bytes`.
 * Throws a MillraceError ENDPOINT_PROTOCOL.
 */
export const decodeBatchRequest = (bytes: Uint8Array): BatchRequest => readRequest(new WireReader(bytes), bytes.length)

const readRequest = (reader: WireReader, end: number): BatchRequest => {
  const functions: FunctionRef[] = []
  const sources: SourceRef[] = []
  const calls: Call[] = []
  let nowMs = 0
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x22) calls.push(readCall(reader, end))
    else if (key === 0x08) nowMs = reader.uint53()
    else if (key === 0x12) functions.push(readFunction(reader, end))
    else if (key === 0x1a) sources.push(readSource(reader, end))
    else reader.pass(key, end)
  }
  reader.closed(end)
  const request = { nowMs, functions, sources, calls }
  for (const call of calls) checkPlaces(call, request)
  return request
}

/** Tables may come after the calls that point into them, so places are checked when all is read. */
const checkPlaces = (call: Call, request: BatchRequest): void => {
  const ref = request.functions[call.function]
  if (ref === undefined) throw malformed(`a call names function ${call.function} of ${request.functions.length}`)
  for (const { state } of call.state)
    if (state >= ref.states.length)
      throw malformed(`a call of ${ref.typename} has state ${state} of ${ref.states.length}`)
  for (const { name, record } of call.messages) {
    if (name !== undefined && name >= ref.messages.length)
      throw malformed(`a message to ${ref.typename} has name ${name} of ${ref.messages.length}`)
    if (record !== undefined && record.source >= request.sources.length)
      throw malformed(`a message to ${ref.typename} comes from source ${record.source} of ${request.sources.length}`)
  }
}

const readFunction = (reader: WireReader, within: number): FunctionRef => {
  const end = reader.message(within)
  let typename = ''
  const states: string[] = []
  const messages: string[] = []
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x0a) typename = reader.text(end)
    else if (key === 0x12) states.push(reader.text(end))
    else if (key === 0x1a) messages.push(reader.text(end))
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { typename, states, messages }
}

const readSource = (reader: WireReader, within: number): SourceRef => {
  const end = reader.message(within)
  let ingress = ''
  let topic = ''
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x0a) ingress = reader.text(end)
    else if (key === 0x12) topic = reader.text(end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { ingress, topic }
}

const noState: readonly CallState[] = []
const noMessages: readonly CallMessage[] = []

const readCall = (reader: WireReader, within: number): Call => {
  const end = reader.message(within)
  let fn = 0
  let id = ''
  let state: CallState[] | undefined
  let messages: CallMessage[] | undefined
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x22) messages = added(messages, readMessage(reader, end))
    else if (key === 0x12) id = reader.text(end)
    else if (key === 0x1a) state = added(state, readState(reader, end))
    else if (key === 0x08) fn = reader.uint32()
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { function: fn, id, state: state ?? noState, messages: messages ?? noMessages }
}

const readMessage = (reader: WireReader, within: number): CallMessage => {
  const end = reader.message(within)
  let name: number | undefined
  let unknownName: string | undefined
  let payload: Uint8Array | undefined
  let attempt = 1
  let messageId: string | undefined
  let caller: CallMessage['caller']
  let record: CallRecord | undefined
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) name = reader.uint32()
    else if (key === 0x1a) payload = reader.view(end)
    else if (key === 0x3a) record = readRecord(reader, end)
    else if (key === 0x12) unknownName = reader.name(end)
    else if (key === 0x20) attempt = reader.uint32()
    else if (key === 0x2a) messageId = reader.text(end)
    else if (key === 0x32) caller = readCaller(reader, end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  if ((name === undefined) === (unknownName === undefined)) throw malformed('a message has no name, or two')
  if (messageId === undefined && record === undefined) throw malformed('a message has neither an id nor a record')
  if (attempt === 0) throw malformed('a message has attempt 0; attempts count from 1')
  return { name, unknownName, payload, attempt, messageId, caller, record }
}

const readCaller = (reader: WireReader, within: number): { typename: string; id: string } => {
  const end = reader.message(within)
  let typename = ''
  let id = ''
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x0a) typename = reader.name(end)
    else if (key === 0x12) id = reader.text(end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { typename, id }
}

const readRecord = (reader: WireReader, within: number): CallRecord => {
  const end = reader.message(within)
  let source = 0
  let partition = 0
  let offset = 0
  let timestampMs = 0
  let recordKey: Uint8Array | null = null
  let headers: (readonly [string, Uint8Array | null])[] | undefined
  let routeIndex = 0
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) source = reader.uint32()
    else if (key === 0x10) partition = reader.uint32()
    else if (key === 0x18) offset = reader.uint53()
    else if (key === 0x20) timestampMs = reader.uint53()
    else if (key === 0x2a) recordKey = reader.view(end)
    else if (key === 0x32) headers = added(headers, readHeader(reader, end))
    else if (key === 0x38) routeIndex = reader.uint32()
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { source, partition, offset, timestampMs, key: recordKey, headers: headers ?? noHeaders, routeIndex }
}
