import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { MillraceError } from '../../model/errors.ts'
import type {
  AbortedRange,
  LogContents,
  LogStore,
  OpenTransaction,
  PartitionContents,
  ProducerState,
  StoredBatch,
} from '../memory/log-store.ts'

type Row = Record<string, SQLOutputValue>

const columns = 'base_offset, last_offset, producer, control, max_timestamp_ms, payload'

/** A log's batches and transactions in SQLite. The driver begins and ends the database's transactions. */
export class SqliteBatches implements LogStore {
  private readonly database: DatabaseSync
  private readonly partitionIds = new Map<string, number>()
  private readonly statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.database = database
  }

  load(): LogContents {
    this.partitionIds.clear()
    const topics = this.sql('SELECT id, name FROM topics ORDER BY id').all()
    return {
      topics: topics.map((row) => ({ topic: text(row, 'name'), partitions: this.loadPartitions(row) })),
      producers: new Map(this.sql('SELECT * FROM producers').all().map(loadProducer)),
    }
  }

  saveTopic(topic: string, partitions: number): void {
    const { lastInsertRowid: id } = this.sql('INSERT INTO topics (name) VALUES (?)').run(topic)
    for (let number = 0; number < partitions; number++) {
      const made = this.sql('INSERT INTO partitions (topic, number, log_start) VALUES (?, ?, 0)').run(id, number)
      this.partitionIds.set(keyOf(topic, number), Number(made.lastInsertRowid))
    }
  }

  saveProducer(transactionalId: string, state: ProducerState): void {
    this.sql('INSERT OR REPLACE INTO producers VALUES (?, ?, ?, ?, ?)').run(
      transactionalId,
      state.producerId,
      state.epoch,
      state.timeoutMs,
      state.openSinceMs ?? null,
    )
  }

  saveGroupOffset(group: string, topic: string, partition: number, offset: number): void {
    const id = this.partitionIds.get(keyOf(topic, partition))
    if (id !== undefined) this.sql('INSERT OR REPLACE INTO group_offsets VALUES (?, ?, ?)').run(group, id, offset)
  }

  append(topic: string, partition: number, batch: StoredBatch): void {
    this.sql(`INSERT INTO batches (partition, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`).run(
      this.id(topic, partition),
      batch.baseOffset,
      batch.lastOffset,
      batch.producerId,
      batch.control ?? null,
      batch.maxTimestampMs,
      batch.payload,
    )
  }

  openTransaction(topic: string, partition: number, { producerId, firstOffset }: OpenTransaction): void {
    const id = this.id(topic, partition)
    this.sql('INSERT INTO open_transactions VALUES (?, ?, ?)').run(id, producerId, firstOffset)
  }

  closeTransaction(topic: string, partition: number, producerId: number, aborted: AbortedRange | undefined): void {
    const id = this.id(topic, partition)
    this.sql('DELETE FROM open_transactions WHERE partition = ? AND producer = ?').run(id, producerId)
    if (!aborted) return
    const { firstOffset, lastOffset } = aborted
    this.sql('INSERT INTO aborted_transactions VALUES (?, ?, ?, ?)').run(id, lastOffset, producerId, firstOffset)
  }

  read(topic: string, partition: number, fromOffset: number, beforeOffset: number, bytesMax: number): StoredBatch[] {
    const read: StoredBatch[] = []
    let bytes = 0
    const rows = this.sql(
      `SELECT ${columns} FROM batches WHERE partition = ? AND last_offset >= ? ORDER BY last_offset`,
    ).iterate(this.id(topic, partition), fromOffset)
    for (const row of rows) {
      const batch = loadBatch(row)
      bytes += batch.payload.length
      if (batch.baseOffset >= beforeOffset || (read.length > 0 && bytes > bytesMax)) break
      read.push(batch)
    }
    return read
  }

  firstAtOrAfter(topic: string, partition: number, timestampMs: number): StoredBatch | undefined {
    const row = this.sql(
      `SELECT ${columns} FROM batches WHERE partition = ? AND max_timestamp_ms >= ? AND control IS NULL
       ORDER BY last_offset LIMIT 1`,
    ).get(this.id(topic, partition), timestampMs)
    return row && loadBatch(row)
  }

  trim(topic: string, partition: number, offset: number): void {
    const id = this.id(topic, partition)
    this.sql('UPDATE partitions SET log_start = ? WHERE id = ?').run(offset, id)
    this.sql('DELETE FROM batches WHERE partition = ? AND last_offset < ?').run(id, offset)
    this.sql('DELETE FROM aborted_transactions WHERE partition = ? AND last_offset < ?').run(id, offset)
  }

  private loadPartitions(topicRow: Row): PartitionContents[] {
    const partitions = this.sql('SELECT id, number, log_start FROM partitions WHERE topic = ? ORDER BY number')
    return partitions.all(topicRow['id'] ?? null).map((row) => {
      const id = number(row, 'id')
      this.partitionIds.set(keyOf(text(topicRow, 'name'), number(row, 'number')), id)
      const logStartOffset = number(row, 'log_start')
      const last = this.sql(
        'SELECT last_offset FROM batches WHERE partition = ? ORDER BY last_offset DESC LIMIT 1',
      ).get(id)
      const open = this.sql('SELECT producer, first_offset FROM open_transactions WHERE partition = ?').all(id)
      const aborted = this.sql(
        'SELECT producer, first_offset, last_offset FROM aborted_transactions WHERE partition = ? ORDER BY last_offset',
      ).all(id)
      return {
        logStartOffset,
        nextOffset: Math.max(logStartOffset, last ? number(last, 'last_offset') + 1 : 0),
        open: open.map((one) => ({ producerId: number(one, 'producer'), firstOffset: number(one, 'first_offset') })),
        aborted: aborted.map((one) => ({
          producerId: number(one, 'producer'),
          firstOffset: number(one, 'first_offset'),
          lastOffset: number(one, 'last_offset'),
        })),
      }
    })
  }

  private id(topic: string, partition: number): number {
    const id = this.partitionIds.get(keyOf(topic, partition))
    if (id === undefined) throw new MillraceError('INTERNAL', `bug in Millrace: ${topic}/${partition} is not stored`)
    return id
  }

  private sql(source: string): StatementSync {
    const there = this.statements.get(source)
    if (there) return there
    const statement = this.database.prepare(source)
    this.statements.set(source, statement)
    return statement
  }
}

const keyOf = (topic: string, partition: number): string => `${partition}/${topic}`

const loadBatch = (row: Row): StoredBatch => {
  const producerId = number(row, 'producer')
  const control = row['control']
  const payload = row['payload']
  if (!(payload instanceof Uint8Array)) throw damaged('payload')
  return {
    baseOffset: number(row, 'base_offset'),
    lastOffset: number(row, 'last_offset'),
    producerId,
    transactional: producerId >= 0,
    control: control === 'commit' || control === 'abort' ? control : undefined,
    maxTimestampMs: number(row, 'max_timestamp_ms'),
    payload,
  }
}

const loadProducer = (row: Row): [string, ProducerState] => [
  text(row, 'transactional_id'),
  {
    producerId: number(row, 'producer'),
    epoch: number(row, 'epoch'),
    timeoutMs: number(row, 'timeout_ms'),
    openSinceMs: row['open_since_ms'] === null ? undefined : number(row, 'open_since_ms'),
  },
]

const number = (row: Row, column: string): number => {
  const value = row[column]
  if (typeof value !== 'number') throw damaged(column)
  return value
}

const text = (row: Row, column: string): string => {
  const value = row[column]
  if (typeof value !== 'string') throw damaged(column)
  return value
}

const damaged = (column: string): MillraceError =>
  new MillraceError('LOG_CORRUPT', `a row of the embedded log has a ${column} of the wrong type`)
