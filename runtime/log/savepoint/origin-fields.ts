import type { Column, Row } from '../../ports/row-files.ts'
import type { MessageOrigin, Source } from '../../shard/lane.ts'
import type { FunctionNames } from './function-names.ts'
import { headersText, readHeaders } from './header-fields.ts'
import type { RowReader } from './row-reader.ts'
import { readTypename, typenameColumns, typenameFields } from './typename-fields.ts'

/** Where a message came from and what is owed for it, in the rows of messages and timers alike. */
export const originColumns: readonly Column[] = [
  { name: 'message_id', type: 'text' },
  { name: 'request', type: 'text' },
  ...typenameColumns('caller_'),
  { name: 'caller_id', type: 'text' },
  ...typenameColumns('reply_to_'),
  { name: 'reply_to_id', type: 'text' },
  { name: 'reply_to_message', type: 'text' },
  { name: 'ingress', type: 'text' },
  { name: 'topic', type: 'text' },
  { name: 'partition', type: 'int' },
  { name: 'offset', type: 'int' },
  { name: 'route_index', type: 'int' },
  { name: 'record_time', type: 'time' },
  { name: 'record_key', type: 'bytes' },
  { name: 'record_value', type: 'bytes' },
  { name: 'record_headers', type: 'text' },
]

export const originFields = (origin: MessageOrigin): Row => {
  const { messageId, request, caller, replyTo, source, record, routeIndex } = origin
  return {
    message_id: messageId === undefined ? null : String(messageId),
    request: request ?? null,
    ...(caller && { ...typenameFields(caller.typename, 'caller_'), caller_id: caller.id }),
    ...(replyTo && {
      ...typenameFields(replyTo.typename, 'reply_to_'),
      reply_to_id: replyTo.id,
      reply_to_message: replyTo.message,
    }),
    ...(source &&
      record && {
        ingress: source.ingress,
        topic: source.topic,
        partition: source.partition,
        offset: record.offset,
        route_index: routeIndex ?? 0,
        record_time: record.timestampMs,
        record_key: record.key,
        record_value: record.value,
        record_headers: headersText(record.headers),
      }),
  }
}

/** One object for each partition, as the messages of a running shard share theirs. */
export class Sources {
  private readonly known = new Map<string, Source>()

  get(ingress: string, topic: string, partition: number): Source {
    const key = JSON.stringify([ingress, topic, partition])
    let source = this.known.get(key)
    if (!source) this.known.set(key, (source = { ingress, topic, partition }))
    return source
  }
}

export const readOrigin = (row: RowReader, names: FunctionNames, sources: Sources): MessageOrigin => {
  const request = row.maybeText('request')
  const callerId = row.maybeText('caller_id')
  const replyId = row.maybeText('reply_to_id')
  const ingress = row.maybeText('ingress')
  const origin: MessageOrigin = {
    messageId: row.maybeText('message_id'),
    request: request === undefined ? undefined : names.scope(request),
    caller: callerId === undefined ? undefined : { typename: names.as(readTypename(row, 'caller_')), id: callerId },
    replyTo:
      replyId === undefined
        ? undefined
        : {
            typename: names.as(readTypename(row, 'reply_to_')),
            id: replyId,
            message: row.text('reply_to_message'),
          },
  }
  if (ingress === undefined) return origin
  return {
    ...origin,
    source: sources.get(ingress, row.text('topic'), row.whole('partition')),
    routeIndex: row.whole('route_index'),
    record: {
      offset: row.whole('offset'),
      timestampMs: row.int('record_time'),
      key: row.maybeBytes('record_key'),
      value: row.maybeBytes('record_value'),
      headers: readHeaders(row.maybeText('record_headers')),
    },
  }
}
