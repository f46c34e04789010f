import type { Column, Row } from '../../ports/row-files.ts'
import type { UndeliveredRecord } from '../../shard/journal.ts'
import { headersText, readHeaders } from './header-fields.ts'
import { RowReader } from './row-reader.ts'

/** One row for each egress record that could not be written (`millrace egress list`). */
export const undeliveredColumns: readonly Column[] = [
  { name: 'log', type: 'text' },
  { name: 'window', type: 'int' },
  { name: 'index', type: 'int' },
  { name: 'topic', type: 'text' },
  { name: 'reason', type: 'text' },
  { name: 'key', type: 'bytes' },
  { name: 'value', type: 'bytes' },
  { name: 'headers', type: 'text' },
  { name: 'timestamp', type: 'time' },
]

export const undeliveredRow = ({ place, topic, reason, key, value, headers, timestampMs }: UndeliveredRecord): Row => ({
  ...place,
  topic,
  reason,
  key,
  value,
  headers: headersText(headers),
  timestamp: timestampMs ?? null,
})

export const readUndelivered = (given: Row): UndeliveredRecord => {
  const row = new RowReader(given)
  return {
    place: { log: row.text('log'), window: row.whole('window'), index: row.whole('index') },
    topic: row.text('topic'),
    reason: row.text('reason'),
    key: row.maybeBytes('key'),
    value: row.maybeBytes('value'),
    headers: readHeaders(row.maybeText('headers')),
    timestampMs: row.maybeInt('timestamp'),
  }
}
