import { noBytes } from '../model/bytes.ts'
import type { Mutation } from '../model/state-cells.ts'
import { readEntry, writeEntry } from './call-state.ts'
import { malformed, type WireReader } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

// message Mutation { uint32 state = 1;
//   oneof op { bytes set = 2; bool clear = 3; bytes append = 4; uint64 drop_front = 5; SetItem set_item = 6;
//     MapEntry put = 7; bytes remove = 8; } }
// message SetItem { uint64 index = 1; bytes value = 2; }

export const writeMutation = (writer: WireWriter, key: number, mutation: Mutation): void => {
  const start = writer.begin(key)
  if (mutation.state !== 0) writer.uintField(0x08, mutation.state)
  switch (mutation.op) {
    case 'set':
      writer.blobField(0x12, mutation.value)
      break
    case 'clear':
      writer.uintField(0x18, 1)
      break
    case 'append':
      writer.blobField(0x22, mutation.value)
      break
    case 'dropFront':
      writer.uintField(0x28, mutation.count)
      break
    case 'setItem': {
      const item = writer.begin(0x32)
      writer.uintField(0x08, mutation.index)
      writer.blobField(0x12, mutation.value)
      writer.end(item)
      break
    }
    case 'put':
      writeEntry(writer, 0x3a, mutation)
      break
    case 'remove':
      writer.blobField(0x42, mutation.key)
      break
  }
  writer.end(start)
}

/** What is read are copies: mutations become state, which lives longer than the answer. */
export const readMutation = (reader: WireReader, within: number): Mutation => {
  const end = reader.message(within)
  let state = 0
  // The state's ordinal may come behind the operation, so it is filled in at the end.
  let mutation: Mutation | undefined
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) state = reader.uint32()
    else if (key === 0x12) mutation = { op: 'set', state, value: reader.view(end) }
    else if (key === 0x18) mutation = reader.varint() === 0 ? undefined : { op: 'clear', state }
    else if (key === 0x22) mutation = { op: 'append', state, value: reader.view(end) }
    else if (key === 0x28) mutation = { op: 'dropFront', state, count: reader.uint53() }
    else if (key === 0x32) mutation = readSetItem(reader, end, state)
    else if (key === 0x3a) mutation = { op: 'put', state, ...readEntry(reader, end) }
    else if (key === 0x42) mutation = { op: 'remove', state, key: reader.view(end) }
    else reader.pass(key, end)
  }
  reader.closed(end)
  if (mutation === undefined) throw malformed(`a mutation of state ${state} has no operation that is known`)
  return mutation.state === state ? mutation : { ...mutation, state }
}

const readSetItem = (reader: WireReader, within: number, state: number): Mutation => {
  const end = reader.message(within)
  let index = 0
  let value: Uint8Array = noBytes
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) index = reader.uint53()
    else if (key === 0x12) value = reader.view(end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { op: 'setItem', state, index, value }
}
