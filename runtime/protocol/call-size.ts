import type { Call, FunctionRef, SourceRef } from '../model/invocation.ts'
import type { StateCells } from '../model/state-cells.ts'

// Upper bounds without encoding: 3 bytes a UTF-16 unit, a tag and at most 5 bytes of length a field, at most 8 a number.
const field = 6
const text = (value: string) => field + 3 * value.length
const perMessage = 96
const perCall = 32

/** No less than what encodeBatchRequest writes for this call; cheap enough to pack requests by. */
export const callBytesMax = (call: Call): number => {
  let size = perCall + 3 * call.id.length
  for (const { cells } of call.state) size += 3 * field + cellsBytesMax(cells)
  for (const message of call.messages) {
    size += perMessage + (message.payload?.length ?? 0)
    if (message.unknownName !== undefined) size += text(message.unknownName)
    if (message.messageId !== undefined) size += text(message.messageId)
    if (message.caller !== undefined) size += field + text(message.caller.typename) + text(message.caller.id)
    if (message.record === undefined) continue
    size += message.record.key?.length ?? 0
    for (const [name, value] of message.record.headers) size += 2 * field + text(name) + (value?.length ?? 0)
  }
  return size
}

const cellsBytesMax = (cells: StateCells): number => {
  if (cells.kind === 'value') return field + cells.value.length
  let size = field + 10
  if (cells.kind === 'list') for (const item of cells.items) size += field + item.length
  else for (const { key, value } of cells.entries) size += 3 * field + key.length + value.length
  return size
}

/** No less than what a request takes besides its calls. */
export const tablesBytesMax = (functions: readonly FunctionRef[], sources: readonly SourceRef[]): number => {
  let size = 16
  for (const { typename, states, messages } of functions) {
    size += field + text(typename)
    for (const name of states) size += text(name)
    for (const name of messages) size += text(name)
  }
  for (const { ingress, topic } of sources) size += field + text(ingress) + text(topic)
  return size
}
