import { assert, MillraceError } from '../../model/errors.ts'
import { keyGroupOf } from '../../model/key-group.ts'
import type { MapCell, StateCells } from '../../model/state-cells.ts'
import type { Column, Row } from '../../ports/row-files.ts'
import type { Actor } from '../../shard/actor.ts'
import type { StateDeclaration } from '../../shard/function-table.ts'
import type { Shard } from '../../shard/shard.ts'
import type { FunctionNames } from './function-names.ts'
import { RowReader } from './row-reader.ts'
import { readTypename, typenameColumns, typenameFields } from './typename-fields.ts'

/**
 * One row for each cell: a value, an item of a list, an entry of a map. The rows of one state of one address follow each
 * other. A list that has become empty has one row without a value, whose `list_index` is where it goes on.
 */
export const stateColumns: readonly Column[] = [
  ...typenameColumns(),
  { name: 'id', type: 'text' },
  { name: 'key_group', type: 'int' },
  { name: 'state', type: 'text' },
  { name: 'kind', type: 'text' },
  { name: 'typename', type: 'text' },
  { name: 'map_key', type: 'bytes' },
  { name: 'map_key_json', type: 'text' },
  { name: 'list_index', type: 'int' },
  { name: 'value', type: 'bytes' },
  { name: 'value_json', type: 'text' },
  { name: 'expires_at', type: 'time' },
]

/** A value as a JSON text; null where it is none. */
export type ToJson = (typename: string | undefined, bytes: Uint8Array) => string | null

export interface CellRow {
  readonly row: Row
  readonly bytes: number
  /** False for the row of an empty list. */
  readonly isCell: boolean
}

export function* stateRows(actor: Actor, maxParallelism: number, toJson: ToJson): Generator<CellRow> {
  const { table, id } = actor
  const address = { ...typenameFields(table.typename), id, key_group: keyGroupOf(id, maxParallelism) }
  for (const [ordinal, declared] of table.states.entries()) {
    const cells = actor.cells(ordinal)
    if (!cells) continue
    const { name, kind, typename } = declared
    const common = { ...address, state: name, kind, typename, expires_at: actor.expiresAtMs?.[ordinal] || null }
    for (const [cell, bytes] of cellsOf(cells, declared, toJson))
      yield { row: { ...common, ...cell }, bytes, isCell: cell['value'] !== undefined }
  }
}

function* cellsOf(cells: StateCells, declared: StateDeclaration, toJson: ToJson): Generator<readonly [Row, number]> {
  const { typename, keyTypename } = declared
  const fields = (value: Uint8Array): Row => ({ value, value_json: toJson(typename, value) })
  if (cells.kind === 'value') return yield [fields(cells.value), cells.value.length]
  if (cells.kind === 'map') {
    for (const { key, value } of cells.entries) {
      const row = { map_key: key, map_key_json: toJson(keyTypename, key), ...fields(value) }
      yield [row, key.length + value.length]
    }
    return
  }
  if (cells.items.length === 0) yield [{ list_index: cells.head }, 0]
  for (const [i, item] of cells.items.entries()) yield [{ list_index: cells.head + i, ...fields(item) }, item.length]
}

/** Puts the rows of cells back into a shard whose functions and states are declared. */
export class StateLoader {
  private readonly shard: Shard
  private readonly names: FunctionNames
  private open: OpenState | undefined
  private actor: Actor | undefined
  /** Cells of functions that are dropped. */
  dropped = 0

  constructor(shard: Shard, names: FunctionNames) {
    this.shard = shard
    this.names = names
  }

  add(given: Row): void {
    const row = new RowReader(given)
    const typename = readTypename(row)
    if (this.names.isDropped(typename)) {
      this.dropped++
      return
    }
    const id = row.text('id')
    const state = row.text('state')
    const { open } = this
    if (!open || open.typename !== typename || open.id !== id || open.declared.name !== state) {
      this.end()
      this.open = this.begin(typename, id, state, row)
    }
    if (this.open) addCell(this.open, row)
  }

  private begin(typename: string, id: string, state: string, row: RowReader): OpenState {
    const table = this.shard.table(this.names.as(typename))
    const ordinal = table?.ordinalOf(state) ?? -1
    const declared = table?.states[ordinal]
    if (!table || !declared || declared.kind !== row.text('kind') || declared.typename !== row.text('typename'))
      throw corrupt(`a ${row.text('kind')} ${typename}.${state}, which its description does not have so`)
    if (this.actor?.table !== table || this.actor.id !== id) this.actor = this.shard.actor(table, id)
    const { actor } = this
    if (actor.cells(ordinal)) throw corrupt(`state ${state} of ${typename}/${id} twice`)
    const expiresAtMs = row.maybeInt('expires_at')
    return { actor, typename, id, ordinal, declared, expiresAtMs, head: undefined, items: [], entries: [] }
  }

  /** Call after the last row. */
  end(): void {
    const { open } = this
    if (!open) return
    this.open = undefined
    const { actor, ordinal, expiresAtMs } = open
    this.shard.restore(actor, ordinal, cellsFrom(open))
    if (expiresAtMs !== undefined) this.shard.expireAt(actor, ordinal, expiresAtMs)
  }
}

/** A state whose rows are being read. */
interface OpenState {
  readonly actor: Actor
  readonly typename: string
  readonly id: string
  readonly ordinal: number
  readonly declared: StateDeclaration
  readonly expiresAtMs: number | undefined
  head: number | undefined
  readonly items: Uint8Array[]
  readonly entries: MapCell[]
}

const addCell = (open: OpenState, row: RowReader): void => {
  const { kind } = open.declared
  if (kind === 'map') open.entries.push({ key: row.bytes('map_key'), value: row.bytes('value') })
  else if (kind === 'list') addItem(open, row)
  else {
    if (open.items.length > 0) throw corrupt(`two values of ${open.typename}/${open.id}.${open.declared.name}`)
    open.items.push(row.bytes('value'))
  }
}

const addItem = (open: OpenState, row: RowReader): void => {
  const index = row.whole('list_index')
  const item = row.maybeBytes('value')
  if (open.head !== undefined && (item === null || index !== open.head + open.items.length))
    throw corrupt(`the items of ${open.typename}/${open.id}.${open.declared.name} in another order`)
  open.head ??= index
  if (item) open.items.push(item)
}

const cellsFrom = ({ declared, head, items, entries }: OpenState): StateCells => {
  if (declared.kind === 'map') return { kind: 'map', entries }
  if (declared.kind === 'list') return { kind: 'list', head: head ?? 0, items }
  const [value] = items
  assert(value, 'a value was begun without a row')
  return { kind: 'value', value }
}

const corrupt = (what: string): MillraceError => new MillraceError('STORE_CORRUPT', `holds ${what}`)
