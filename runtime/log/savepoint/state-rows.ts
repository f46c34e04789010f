import { keyGroupOf } from '../../model/key-group.ts'
import type { StateCells } from '../../model/state-cells.ts'
import type { Column, Row } from '../../ports/row-files.ts'
import type { Actor } from '../../shard/actor.ts'
import type { StateDeclaration } from '../../shard/function-table.ts'
import { typenameColumns, typenameFields } from './typename-fields.ts'

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
