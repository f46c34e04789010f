import type { Column, Row } from '../../ports/row-files.ts'
import type { Shard } from '../../shard/shard.ts'
import type { FunctionNames } from './function-names.ts'
import { RowReader } from './row-reader.ts'
import { readTypename, typenameColumns, typenameFields } from './typename-fields.ts'

/** One row for each address that is parked or paused; without an id it is a function that is paused as a whole. */
export const stoppedColumns: readonly Column[] = [
  ...typenameColumns(),
  { name: 'id', type: 'text' },
  { name: 'parked_at', type: 'time' },
  { name: 'parked_code', type: 'text' },
  { name: 'parked_message', type: 'text' },
  { name: 'paused_at', type: 'time' },
]

export function* stoppedRows(shard: Shard): Generator<Row> {
  for (const { table, id, stop } of shard.stopped)
    yield {
      ...typenameFields(table.typename),
      id,
      parked_at: stop?.parked?.sinceMs ?? null,
      parked_code: stop?.parked?.code ?? null,
      parked_message: stop?.parked?.message ?? null,
      paused_at: stop?.pausedSinceMs ?? null,
    }
  for (const { typename, pausedSinceMs } of shard.tables)
    if (pausedSinceMs !== undefined) yield { ...typenameFields(typename), paused_at: pausedSinceMs }
}

/** Stops an address or a function again, unless it is dropped. */
export const loadStopped = (given: Row, shard: Shard, names: FunctionNames): void => {
  const row = new RowReader(given)
  const typename = readTypename(row)
  if (names.isDropped(typename)) return
  const table = shard.declareFunction(names.as(typename))
  const id = row.maybeText('id')
  const parkedMs = row.maybeInt('parked_at')
  const pausedMs = row.maybeInt('paused_at')
  if (id === undefined) return shard.pauseFunction(table, row.whole('paused_at'))
  const actor = shard.actor(table, id)
  if (parkedMs !== undefined)
    shard.park(actor, { code: row.text('parked_code'), message: row.text('parked_message'), sinceMs: parkedMs })
  if (pausedMs !== undefined) shard.pauseActor(actor, pausedMs)
}
