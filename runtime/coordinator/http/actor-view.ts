import { parseStateKey } from '../../model/state-key.ts'
import type { MapCell, StateCells } from '../../model/state-cells.ts'
import { valueToJson } from '../../protocol/value-json.ts'
import type { Actor } from '../../shard/actor.ts'
import type { StateDeclaration } from '../../shard/function-table.ts'
import type { Shard } from '../../shard/shard.ts'
import { stopView } from './parked-view.ts'

/** Items of a list and entries of a map that are shown; `size` tells of all. */
const itemsShownMax = 1_000

/** One address as people read it. Values that are neither of a built-in type nor JSON are `{base64}`. */
export interface ActorView {
  readonly address: string
  readonly states: Readonly<Record<string, StateView>>
  /** Messages that wait to be processed, those with the handler included. */
  readonly pendingMessages: number
  readonly inFlightMessages: number
  /** Of the first message that waits: how often it has failed, and when it is tried again. */
  readonly failures: number
  readonly retryAt: string | undefined
  /** Why it is not invoked, where it is not. */
  readonly parked: { readonly code: string; readonly error: string; readonly since: string } | undefined
  readonly pausedSince: string | undefined
  readonly functionPausedSince: string | undefined
  /** Messages that it has sent for later. */
  readonly delayedMessages: number
  readonly stateBytes: number
}

export interface StateView {
  /** Under which it is kept: a handler of a newer one upcasts it when it is next touched. */
  readonly version: number
  readonly kind: StateDeclaration['kind']
  readonly typename: string
  readonly keyTypename?: string | undefined
  readonly expiresAt?: string | undefined
  /** Of a value. */
  readonly value?: unknown
  /** Of a list. */
  readonly items?: readonly unknown[]
  /** Of a map, in no order. */
  readonly entries?: readonly { readonly key: unknown; readonly value: unknown }[]
  /** Of a list or map, what is not shown included. */
  readonly size?: number
}

/** What is known of an address; undefined when nothing is. All of it is copied. */
export const viewActor = (shard: Shard, typename: string, id: string, nowMs: number): ActorView | undefined => {
  const table = shard.table(typename)
  const actor = table && shard.find(table, id)
  if (!actor) return undefined
  const states = table.states.flatMap((declared, ordinal) => {
    const state = viewState(actor, declared, ordinal, nowMs)
    return state ? [[parseStateKey(declared.name).name, state] as const] : []
  })
  const { lane } = actor
  const first = lane?.messages[0]
  if (states.length === 0 && !lane && actor.delayed === 0 && !actor.stop) return undefined
  return {
    address: `${typename}/${id}`,
    states: Object.fromEntries(states),
    pendingMessages: lane?.messages.length ?? 0,
    inFlightMessages: lane?.inFlight ?? 0,
    failures: first?.failures ?? 0,
    retryAt: first && first.dueMs > nowMs ? new Date(first.dueMs).toISOString() : undefined,
    ...stopView(actor),
    delayedMessages: actor.delayed,
    stateBytes: actor.stateBytes,
  }
}

const viewState = (actor: Actor, declared: StateDeclaration, ordinal: number, nowMs: number): StateView | undefined => {
  const cells = actor.cells(ordinal)
  const expiresAtMs = actor.expiresAtMs?.[ordinal] ?? 0
  // What has expired is unset, though it is only removed when the address is next called.
  if (!cells || !actor.isSet(ordinal, nowMs)) return undefined
  const { kind, typename, keyTypename } = declared
  const expiresAt = expiresAtMs > 0 ? new Date(expiresAtMs).toISOString() : undefined
  const { version } = parseStateKey(declared.name)
  return { version, kind, typename, keyTypename, expiresAt, ...viewCells(cells, declared) }
}

const viewCells = (cells: StateCells, { typename, keyTypename }: StateDeclaration): Partial<StateView> => {
  if (cells.kind === 'value') return { value: viewValue(typename, cells.value) }
  if (cells.kind === 'list') {
    const items = cells.items.slice(0, itemsShownMax).map((item) => viewValue(typename, item))
    return { items, size: cells.items.length }
  }
  const entries = cells.entries
    .slice(0, itemsShownMax)
    .map(({ key, value }: MapCell) => ({ key: viewValue(keyTypename, key), value: viewValue(typename, value) }))
  return { entries, size: cells.entries.length }
}

const viewValue = (typename: string | undefined, bytes: Uint8Array): unknown => {
  const json = typename === 'io.millrace.types/bytes' ? undefined : valueToJson(typename, bytes)
  return json === undefined ? { base64: Buffer.from(bytes).toString('base64') } : json
}
