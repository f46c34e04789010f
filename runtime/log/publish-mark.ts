import { ByteReader, ByteWriter, utf8Decode, utf8Encode } from '../model/bytes.ts'
import { MillraceError, messageOf } from '../model/errors.ts'
import { partitionOf } from '../model/key-group.ts'
import { noHeaders, type LogRecord } from '../model/record.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { ProducedRecord, TransactionalLog } from '../ports/transactional-log.ts'
import type { MarkerHint } from './log-entry.ts'
import type { MarkerTopic } from './manifest.ts'
import { committedRecords } from './read-committed.ts'

// The marker: the record in Kafka that says up to which window of a log is published (rule 13). It is written in the same
// transaction as the records that it speaks of. A fence is a record of no meaning but its offset.
const version = 1
const retryMs = 100
const kinds = { mark: 1, fence: 2 } as const

const record = (log: string, nowMs: number, write: (out: ByteWriter) => void): ProducedRecord => {
  const out = new ByteWriter(32)
  out.u8(version)
  write(out)
  return { key: utf8Encode(log), value: out.copy(), headers: noHeaders, timestampMs: nowMs }
}

export const markPartition = (log: string, markers: MarkerTopic): number =>
  partitionOf(utf8Encode(log), markers.partitions)

export const markRecord = (log: string, number: number, nowMs: number): ProducedRecord =>
  record(log, nowMs, (out) => {
    out.u8(kinds.mark)
    out.uint(number)
  })

/** Under a key of its own, so that compaction never prefers it to a mark. */
export const fenceRecord = (log: string, nowMs: number): ProducedRecord =>
  record(`fence/${log}`, nowMs, (out) => out.u8(kinds.fence))

const markOf = (read: LogRecord, log: string): number | undefined => {
  if (!read.key || !read.value || utf8Decode(read.key) !== log) return undefined
  const input = new ByteReader(read.value)
  const is = input.u8()
  if (is !== version) throw new MillraceError('LOG_CORRUPT', `the marker of log ${log} has format version ${is}`)
  return input.u8() === kinds.mark ? input.uint() : undefined
}

/**
 * The last committed mark of `log` from the hint through `fenceOffset`, which was committed after the producer was
 * initialised: by then every earlier transaction of this log is decided. The mark that the hint tells of, or a later one,
 * must be there: compaction keeps the last of a key (rule 14).
 */
export const readMark = async (
  kafka: TransactionalLog,
  clock: Clock,
  markers: MarkerTopic,
  log: string,
  hint: MarkerHint,
  fenceOffset: number,
): Promise<MarkerHint> => {
  const { topic } = markers
  const partition = markPartition(log, markers)
  if (fenceOffset < hint.offset) throw endsBefore(topic, hint.offset)
  let mark: MarkerHint | undefined
  let offset = hint.offset
  while (offset <= fenceOffset) {
    const bounds = { maxWaitMs: 500, maxBytes: 4 << 20, partitionMaxBytes: 4 << 20 }
    const fetched = await kafka.fetch(`mark-${log}`, [{ topic, partition, offset }], bounds)
    if (fetched.kind === 'retriable' || fetched.kind === 'ambiguous') {
      await sleep(clock, retryMs)
      continue
    }
    if (fetched.kind !== 'ok')
      throw new MillraceError('LOG_UNAVAILABLE', `the marker of log ${log} cannot be read: ${messageOf(fetched.cause)}`)
    const [read] = fetched.value
    if (read?.status === 'out-of-range') offset = outOfRange(read.logStartOffset, offset, topic)
    if (read?.status === 'topic-missing')
      throw new MillraceError('WENT_BACK_IN_TIME', `topic ${topic}, which held the markers of publication, is gone`)
    if (read?.status !== 'ok') {
      await sleep(clock, retryMs)
      continue
    }
    const committed = committedRecords(read, offset)
    for (const each of committed.records) {
      const number = each.offset <= fenceOffset ? markOf(each, log) : undefined
      if (number !== undefined) mark = { number, offset: each.offset }
    }
    offset = committed.next
  }
  if (mark || hint.number === 0) return mark ?? hint
  throw new MillraceError(
    'WENT_BACK_IN_TIME',
    `topic ${topic} has no marker of log ${log}, of which ${hint.number} windows are published: Kafka has lost records, or it is another cluster`,
  )
}

/** Compaction leaves gaps but never moves the end: a start beyond the position only means an older, deleted segment. */
const outOfRange = (logStart: number, offset: number, topic: string): number => {
  if (logStart > offset) return logStart
  throw endsBefore(topic, offset)
}

const endsBefore = (topic: string, offset: number): MillraceError =>
  new MillraceError(
    'WENT_BACK_IN_TIME',
    `topic ${topic} ends before offset ${offset}, where a marker stood: Kafka has lost records, or it is another cluster`,
  )
