import type { Column, Row } from '../../ports/row-files.ts'
import type { Shard } from '../../shard/shard.ts'
import type { DelayedMessage } from '../../shard/actor.ts'
import type { FunctionNames } from './function-names.ts'
import { originColumns, originFields, readOrigin, type Sources } from './origin-fields.ts'
import { RowReader } from './row-reader.ts'
import { readTypename, typenameColumns, typenameFields } from './typename-fields.ts'

/** One row for each delayed message; it lies with its sender. */
export const timerColumns: readonly Column[] = [
  { name: 'timer', type: 'int' },
  ...typenameColumns('sender_'),
  { name: 'sender_id', type: 'text' },
  { name: 'due_at', type: 'time' },
  { name: 'token', type: 'text' },
  ...typenameColumns(),
  { name: 'id', type: 'text' },
  { name: 'message', type: 'text' },
  { name: 'payload', type: 'bytes' },
  ...originColumns,
]

export const timerRow = (delayed: DelayedMessage): Row => ({
  timer: delayed.timer,
  ...typenameFields(delayed.sender.table.typename, 'sender_'),
  sender_id: delayed.sender.id,
  due_at: delayed.dueMs,
  token: delayed.token ?? null,
  ...typenameFields(delayed.typename),
  id: delayed.id,
  message: delayed.message,
  payload: delayed.payload ?? null,
  ...originFields(delayed.origin),
})

/** Sets a timer again; false where its sender or its target is dropped. */
export const loadTimer = (given: Row, shard: Shard, names: FunctionNames, sources: Sources): boolean => {
  const row = new RowReader(given)
  const sender = readTypename(row, 'sender_')
  const typename = readTypename(row)
  if (names.isDropped(sender) || names.isDropped(typename)) return false
  shard.delay({
    timer: row.whole('timer'),
    sender: shard.actor(shard.declareFunction(names.as(sender)), row.text('sender_id')),
    dueMs: row.whole('due_at'),
    token: row.maybeText('token'),
    typename: names.as(typename),
    id: row.text('id'),
    message: row.text('message'),
    payload: row.maybeBytes('payload') ?? undefined,
    origin: readOrigin(row, names, sources),
  })
  return true
}
