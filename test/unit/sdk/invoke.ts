import { addressOf } from '../../../runtime/model/address.ts'
import type { BatchRequest, CallMessage, CallResult } from '../../../runtime/model/invocation.ts'
import type { Mutation, StateCells } from '../../../runtime/model/state-cells.ts'
import { encodeBatchRequest } from '../../../runtime/protocol/batch-request-writer.ts'
import { ResultReader } from '../../../runtime/protocol/result-reader.ts'
import type { Implementation } from '../../../runtime/sdk/actor.ts'
import { createHandler, type HandlerOptions } from '../../../runtime/sdk/handler.ts'
import { encodeMessage, type Message } from '../../../runtime/sdk/message.ts'

// Runs functions as a coordinator would: encoded request in, encoded results out, state kept as cells.

export const readResults = (bytes: Uint8Array): CallResult[] => {
  const results: CallResult[] = []
  const reader = new ResultReader()
  reader.push(bytes, (result) => results.push(result))
  reader.finish()
  return results
}

/** By state key, as `balance` or `balance@2`. */
export type Cells = Map<string, StateCells>

/** The state names of a request: those that the handler declares, and what else is kept. */
const statesOf = ({ contract }: Implementation, cells: Cells): string[] => [
  ...new Set([...contract.states.map(({ key }) => key), ...cells.keys()]),
]

export const callMessage = (names: readonly string[], message: string, payload: Uint8Array | undefined, id = 'm1') => {
  const name = names.indexOf(message)
  const made: CallMessage = {
    name: name < 0 ? undefined : name,
    unknownName: name < 0 ? message : undefined,
    payload,
    attempt: 1,
    messageId: id,
    caller: undefined,
    record: undefined,
  }
  return made
}

/** A request for one address. */
export const requestFor = (
  implementation: Implementation,
  id: string,
  messages: (names: readonly string[]) => CallMessage[],
  cells: Cells = new Map(),
): BatchRequest => {
  const states = statesOf(implementation, cells)
  const names = [...implementation.contract.messages.keys()]
  const state = [...cells].map(([name, kept]) => ({ state: states.indexOf(name), cells: kept }))
  return {
    nowMs: 1_700_000_000_000,
    functions: [{ typename: implementation.typename, states, messages: names }],
    sources: [{ ingress: 'transfers', topic: 'bank.transfers' }],
    calls: [{ function: 0, id, state, messages: messages(names) }],
  }
}

export const invokeOne = async (
  implementation: Implementation,
  request: BatchRequest,
  options?: HandlerOptions,
): Promise<CallResult> => {
  const answer = await createHandler([implementation], options).invoke(encodeBatchRequest(request))
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.message}`)
  const chunks = [answer.first]
  if (answer.rest !== undefined) for await (const chunk of answer.rest) chunks.push(chunk)
  return chunks.flatMap(readResults)[0]!
}

/** One address whose state lasts from call to call. */
export class OneActor {
  readonly cells: Cells
  readonly implementation: Implementation
  readonly options: HandlerOptions

  constructor(implementation: Implementation, options: HandlerOptions = {}, cells: Cells = new Map()) {
    this.implementation = implementation
    this.options = options
    this.cells = cells
  }

  async run(...messages: Message<unknown>[]): Promise<CallResult> {
    const id = messages[0]?.to.id ?? addressOf(this.implementation.typename, 'x').id
    const request = requestFor(
      this.implementation,
      id,
      (names) =>
        messages.map((message, i) => {
          const { message: name, payload } = encodeMessage(message)
          return callMessage(names, name, payload, `m${i}`)
        }),
      this.cells,
    )
    const states = statesOf(this.implementation, this.cells)
    const result = await invokeOne(this.implementation, request, this.options)
    for (const mutation of result.mutations) applyMutation(this.cells, states[mutation.state]!, mutation)
    return result
  }
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

/** As the coordinator applies mutations, in the plainest way. */
export const applyMutation = (cells: Cells, state: string, mutation: Mutation): void => {
  const kept = cells.get(state)
  const items = kept?.kind === 'list' ? [...kept.items] : []
  const head = kept?.kind === 'list' ? kept.head : 0
  const entries = kept?.kind === 'map' ? kept.entries : []
  switch (mutation.op) {
    case 'set':
      cells.set(state, { kind: 'value', value: mutation.value })
      break
    case 'clear':
      cells.delete(state)
      break
    case 'append':
      cells.set(state, { kind: 'list', head, items: [...items, mutation.value] })
      break
    case 'dropFront':
      if (mutation.count > items.length) throw new Error('drops more than there is')
      cells.set(state, { kind: 'list', head: head + mutation.count, items: items.slice(mutation.count) })
      break
    case 'setItem':
      if (items[mutation.index - head] === undefined) throw new Error(`sets item ${mutation.index} that is not there`)
      items[mutation.index - head] = mutation.value
      cells.set(state, { kind: 'list', head, items })
      break
    case 'put': {
      const others = entries.filter(({ key }) => !same(key, mutation.key))
      cells.set(state, { kind: 'map', entries: [{ key: mutation.key, value: mutation.value }, ...others] })
      break
    }
    case 'remove':
      cells.set(state, { kind: 'map', entries: entries.filter(({ key }) => !same(key, mutation.key)) })
      break
  }
}
