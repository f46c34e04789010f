import type { LogRecord } from '../model/record.ts'
import type { FetchedPartition, RecordBatch } from '../ports/transactional-log.ts'

/** What a reader of committed records gets of one fetched partition. */
export interface CommittedRecords {
  readonly records: readonly LogRecord[]
  /** Where to read on: beyond the last batch, also where nothing in it was for us. */
  readonly next: number
}

/** The same, of which nothing is decoded yet. The first batch may begin before the position. */
export interface CommittedBatches {
  readonly batches: readonly RecordBatch[]
  readonly next: number
}

/**
 * Leaves out what was aborted (rule 15). An aborted transaction of a producer begins at its first offset and ends at its
 * own control record and nowhere else: several may overlap, one producer may have several, and the key of a data record,
 * four zero bytes included, says nothing. Batches before `position` and at or beyond the last stable offset are left out.
 */
export const committedBatches = (fetched: FetchedPartition, position: number): CommittedBatches => {
  const waiting = [...fetched.aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const aborting = new Set<bigint>()
  const batches: RecordBatch[] = []
  let next = position
  for (const batch of fetched.batches) {
    if (batch.baseOffset >= fetched.lastStableOffset) break
    while (waiting[0] && waiting[0].firstOffset <= batch.lastOffset) {
      aborting.add(waiting[0].producerId)
      waiting.shift()
    }
    next = Math.max(next, batch.lastOffset + 1)
    if (batch.control !== undefined) {
      if (batch.control === 'abort') aborting.delete(batch.producerId)
      continue
    }
    if (batch.transactional && aborting.has(batch.producerId)) continue
    if (batch.lastOffset >= position) batches.push(batch)
  }
  return { batches, next }
}

/** As `committedBatches`, decoded. */
export const committedRecords = (fetched: FetchedPartition, position: number): CommittedRecords => {
  const { batches, next } = committedBatches(fetched, position)
  return { records: batches.flatMap((batch) => recordsFrom(batch.records(), position)), next }
}

/** Those from an offset on, of records in their order. */
export const recordsFrom = (records: readonly LogRecord[], offset: number): readonly LogRecord[] =>
  records[0] === undefined || records[0].offset >= offset ? records : records.filter((each) => each.offset >= offset)
