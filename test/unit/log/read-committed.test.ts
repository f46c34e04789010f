import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryLog } from '../../../runtime/connectors/memory/memory-log.ts'
import { committedRecords } from '../../../runtime/log/read-committed.ts'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { noHeaders, type LogRecord } from '../../../runtime/model/record.ts'
import { ManualClock } from '../../../runtime/platform/manual-clock.ts'
import { RecordListCursor } from '../../../runtime/connectors/memory/record-list-cursor.ts'
import type { FetchedPartition, LogProducer, RecordBatch } from '../../../runtime/ports/transactional-log.ts'

const record = (offset: number, key: Uint8Array | null = null): LogRecord => ({
  offset,
  timestampMs: 0,
  key,
  value: null,
  headers: noHeaders,
})
const batch = (producer: number, first: number, last = first, key?: Uint8Array): RecordBatch => ({
  baseOffset: first,
  lastOffset: last,
  producerId: BigInt(producer),
  transactional: producer >= 0,
  control: undefined,
  records: () => Array.from({ length: last - first + 1 }, (_, i) => record(first + i, key ?? null)),
  cursor: () => new RecordListCursor([]),
})
const end = (producer: number, offset: number, control: 'commit' | 'abort' | 'other'): RecordBatch => ({
  ...batch(producer, offset),
  control,
  records: () => [],
})
const fetched = (
  batches: readonly RecordBatch[],
  aborted: readonly (readonly [producer: number, first: number])[],
  lastStableOffset = 100,
): FetchedPartition => ({
  topic: 't',
  partition: 0,
  status: 'ok',
  logStartOffset: 0,
  lastStableOffset,
  highWatermark: 100,
  aborted: aborted.map(([producer, firstOffset]) => ({ producerId: BigInt(producer), firstOffset })),
  batches,
})
const offsets = (...given: Parameters<typeof fetched>) =>
  committedRecords(fetched(...given), 0).records.map(({ offset }) => offset)

describe('rule 15: reading committed records', () => {
  test('aborted transactions that overlap end each at its own control record', () => {
    const batches = [
      batch(1, 0),
      batch(2, 1),
      batch(3, 2),
      end(1, 3, 'abort'),
      batch(2, 4),
      batch(3, 5),
      end(3, 6, 'commit'),
      batch(1, 7),
      end(2, 8, 'abort'),
      batch(2, 9),
    ]
    expect(
      offsets(batches, [
        [1, 0],
        [2, 1],
      ]),
    ).toEqual([2, 5, 7, 9])
  })

  test('they may be told in the order in which they ended', () => {
    const batches = [batch(2, 0), batch(1, 1), end(1, 2, 'abort'), batch(2, 3), end(2, 4, 'abort'), batch(1, 5)]
    expect(
      offsets(batches, [
        [1, 1],
        [2, 0],
      ]),
    ).toEqual([5])
  })

  test('one producer may have several, with committed ones between', () => {
    const batches = [batch(1, 0), end(1, 1, 'abort'), batch(1, 2), end(1, 3, 'commit'), batch(1, 4), end(1, 5, 'abort')]
    expect(
      offsets(batches, [
        [1, 0],
        [1, 4],
      ]),
    ).toEqual([2])
  })

  test('a data record whose key is four zero bytes, as a control record’s may be, ends nothing', () => {
    const zero = new Uint8Array(4)
    const batches = [batch(1, 0, 0, zero), batch(1, 1, 1, zero), batch(1, 2), end(1, 3, 'abort')]
    expect(offsets(batches, [[1, 0]])).toEqual([])
  })

  test('records of producers without transactions stay, in the midst of an aborted one too', () => {
    expect(offsets([batch(1, 0), batch(-1, 1), end(1, 2, 'abort')], [[1, 0]])).toEqual([1])
  })

  test('nothing at or beyond the last stable offset is read, and reading goes on there', () => {
    const read = committedRecords(fetched([batch(-1, 0), batch(1, 1, 4)], [], 1), 0)
    expect(read.records.map(({ offset }) => offset)).toEqual([0])
    expect(read.next).toBe(1)
  })

  test('records before the position are left out, and control records move it on', () => {
    const read = committedRecords(fetched([batch(-1, 0, 4), batch(1, 5), end(1, 6, 'abort')], [[1, 5]]), 3)
    expect(read.records.map(({ offset }) => offset)).toEqual([3, 4])
    expect(read.next).toBe(7)
  })

  test('what is read equals what was committed, for any interleaving and from any position', async () => {
    const step = fc.record({
      producer: fc.integer({ min: 0, max: 3 }),
      act: fc.constantFrom('write' as const, 'write' as const, 'commit' as const, 'abort' as const),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 200 }), async (steps, bytes) => {
        const log = memoryLog(new ManualClock())
        await log.createTopic({ name: 't', partitions: 1, replicationFactor: undefined, compacted: false })
        const producers: LogProducer[] = []
        for (let i = 0; i < 4; i++) {
          const made = await log.producer(`p${i}`, 60_000)
          if (made.kind === 'ok') producers.push(made.value)
        }
        const open = producers.map((): string[] => [])
        const committed = new Set<string>()
        const written: string[] = []
        for (const [n, { producer, act }] of [
          ...steps,
          ...[0, 1, 2, 3].map((producer) => ({ producer, act: 'commit' as const })),
        ].entries()) {
          if (act === 'write') {
            producers[producer]!.append('t', 0, {
              key: null,
              value: utf8Encode(String(n)),
              headers: noHeaders,
              timestampMs: 0,
            })
            await producers[producer]!.flush()
            open[producer]!.push(String(n))
            written.push(String(n))
          } else if (open[producer]!.length > 0) {
            await producers[producer]!.end(act)
            if (act === 'commit') for (const value of open[producer]!) committed.add(value)
            open[producer] = []
          }
        }
        const read: string[] = []
        for (let offset = 0; ;) {
          const bounds = { maxWaitMs: 0, maxBytes: bytes, partitionMaxBytes: bytes }
          const answer = await log.fetch('r', [{ topic: 't', partition: 0, offset }], bounds)
          if (answer.kind !== 'ok') throw answer.cause
          const { records, next } = committedRecords(answer.value[0]!, offset)
          read.push(...records.map(({ value }) => utf8Decode(value!)))
          if (next === offset) break
          offset = next
        }
        expect(read).toEqual(written.filter((value) => committed.has(value)))
      }),
    )
  })
})
