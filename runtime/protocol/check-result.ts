import type { BatchRequest, CallResult } from '../model/invocation.ts'
import { malformed } from './wire-reader.ts'

/**
 * States that a result can be one of this request: its places are there, its effects come from messages that ran. Throws a
 * MillraceError ENDPOINT_PROTOCOL. Whether an operation fits a state's kind is for whoever knows the declarations.
 */
export const checkResult = (result: CallResult, request: BatchRequest): void => {
  const call = request.calls[result.call]
  if (call === undefined) throw malformed(`a result for call ${result.call} of ${request.calls.length}`)
  const ref = request.functions[call.function]
  const where = `the result for ${ref?.typename}/${call.id}`
  const states = ref?.states.length ?? 0
  for (const { state } of result.mutations)
    if (state >= states) throw malformed(`${where} changes state ${state} of ${states}`)
  const ran = result.failed?.index ?? call.messages.length
  if (ran > call.messages.length || (result.failed && ran === call.messages.length))
    throw malformed(`${where} says that message ${ran} of ${call.messages.length} failed`)
  for (const { from } of result.sends)
    if (from >= ran) throw malformed(`${where} has a send from message ${from}, of ${ran}`)
  for (const { from } of result.emits)
    if (from >= ran) throw malformed(`${where} has a record from message ${from}, of ${ran}`)
  let next = 0
  for (const { from } of result.replies) {
    if (from >= ran || from < next) throw malformed(`${where} has a reply to message ${from} out of order, of ${ran}`)
    next = from + 1
  }
}
