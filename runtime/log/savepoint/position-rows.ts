import type { Column, Row } from '../../ports/row-files.ts'
import type { Position } from '../../shard/positions.ts'
import type { Sources } from './origin-fields.ts'
import { RowReader } from './row-reader.ts'

/** One row for each partition: where reading goes on, and what lay just before. */
export const positionColumns: readonly Column[] = [
  { name: 'ingress', type: 'text' },
  { name: 'topic', type: 'text' },
  { name: 'partition', type: 'int' },
  { name: 'offset', type: 'int' },
  { name: 'last_record_time', type: 'time' },
  { name: 'last_record_hash', type: 'int' },
]

export const positionRow = ({ source, offset, fingerprint }: Position): Row => ({
  ingress: source.ingress,
  topic: source.topic,
  partition: source.partition,
  offset,
  last_record_time: fingerprint?.timestampMs ?? null,
  last_record_hash: fingerprint?.hash ?? null,
})

export const readPosition = (given: Row, sources: Sources): Position => {
  const row = new RowReader(given)
  const timestampMs = row.maybeInt('last_record_time')
  return {
    source: sources.get(row.text('ingress'), row.text('topic'), row.whole('partition')),
    offset: row.whole('offset'),
    fingerprint: timestampMs === undefined ? undefined : { timestampMs, hash: row.int('last_record_hash') },
  }
}
