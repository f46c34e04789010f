import type { Column, Row } from '../../ports/row-files.ts'
import type { ActorMessage } from '../../shard/actor.ts'
import { LaneMessage } from '../../shard/lane.ts'
import type { Shard } from '../../shard/shard.ts'
import type { FunctionNames } from './function-names.ts'
import { originColumns, originFields, readOrigin, type Sources } from './origin-fields.ts'
import { RowReader } from './row-reader.ts'
import { readTypename, typenameColumns, typenameFields } from './typename-fields.ts'

/**
 * One row for each message that waits in a lane, those of one address in the order of its lane. One that `came_first` was
 * put before all that its lane held then.
 */
export const messageColumns: readonly Column[] = [
  { name: 'entry', type: 'int' },
  { name: 'came_first', type: 'int' },
  ...typenameColumns(),
  { name: 'id', type: 'text' },
  { name: 'message', type: 'text' },
  { name: 'payload', type: 'bytes' },
  { name: 'failures', type: 'int' },
  { name: 'due_at', type: 'time' },
  ...originColumns,
]

export const messageRow = (message: ActorMessage): Row => ({
  entry: message.entry,
  came_first: message.first ? 1 : null,
  ...typenameFields(message.actor.table.typename),
  id: message.actor.id,
  message: message.name,
  payload: message.payload ?? null,
  failures: message.failures,
  due_at: message.dueMs || null,
  ...originFields(message.origin),
})

/** What a message of a dropped function takes with it. */
export interface DroppedMessage {
  /** Somebody waits for its reply and will not get one. */
  readonly owesReply: boolean
}

/** Puts a message back into its lane; answers something where its function is dropped. */
export const loadMessage = (
  given: Row,
  shard: Shard,
  names: FunctionNames,
  sources: Sources,
): DroppedMessage | undefined => {
  const row = new RowReader(given)
  const typename = readTypename(row)
  const origin = readOrigin(row, names, sources)
  if (names.isDropped(typename)) return { owesReply: origin.replyTo !== undefined }
  const actor = shard.actor(shard.declareFunction(names.as(typename)), row.text('id'))
  const payload = row.maybeBytes('payload') ?? undefined
  const message = new LaneMessage(actor, row.text('message'), payload, origin)
  message.entry = row.whole('entry')
  message.failures = row.whole('failures')
  message.dueMs = row.maybeInt('due_at') ?? 0
  message.first = row.maybeInt('came_first') === 1
  shard.enqueue(message)
  return undefined
}
