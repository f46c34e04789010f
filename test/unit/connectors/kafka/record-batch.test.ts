import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecordBatchWriter } from '../../../../runtime/connectors/kafka/record-batch-writer.ts'
import { noHeaders, type LogRecord } from '../../../../runtime/model/record.ts'
import { type ProducedRecord } from '../../../../runtime/ports/transactional-log.ts'
import { anyRecord, read, resum, sample, stamp, written } from './batch-samples.ts'

const plain = ({ key, value, headers, timestampMs }: ProducedRecord | LogRecord) => ({
  key: key && [...key],
  value: value && [...value],
  headers: headers.map(([name, value]) => [name, value && [...value]]),
  timestampMs,
})

test('any records come back as they were written, whatever the size of batches', () => {
  fc.assert(
    fc.property(
      fc.array(anyRecord, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 100, max: 5_000 }),
      (records, most) => {
        const batches = read(written(records, most))
        expect(batches.flatMap((batch) => batch.records()).map(plain)).toEqual(records.map(plain))
      },
    ),
  )
})

test('a batch knows its producer, its offsets and that it is transactional', () => {
  const [batch] = read(written([sample('a'), sample('b'), sample('c')]))
  expect(batch).toMatchObject({
    baseOffset: 0,
    lastOffset: 2,
    producerId: 4_711n,
    transactional: true,
    control: undefined,
  })
  expect(batch!.records().map(({ offset }) => offset)).toEqual([0, 1, 2])
})

test('a batch ends before it grows beyond its bound, and a larger record has one of its own', () => {
  const writer = new RecordBatchWriter(1_000)
  for (let i = 0; i < 20; i++) writer.append(sample('x'.repeat(200)))
  writer.append(sample('y'.repeat(5_000)))
  writer.append(sample('z'))
  const batches = writer.finish(stamp)
  expect(batches.map(({ records }) => records)).toEqual([4, 4, 4, 4, 4, 1, 1])
  expect(batches.filter(({ bytes }) => bytes.length > 1_000)).toHaveLength(1)
})

test('sequence numbers go on from batch to batch and begin again at 0 after the greatest', () => {
  const writer = new RecordBatchWriter(100)
  for (let i = 0; i < 3; i++) writer.append(sample('x'.repeat(60)))
  const sequences = writer.finish({ ...stamp, baseSequence: 0x7ffffffe }).map(({ bytes }) => bytes.readInt32BE(53))
  expect(sequences).toEqual([0x7ffffffe, 0x7fffffff, 0])
})

test('finish may be asked again, and records may still come between', () => {
  const writer = new RecordBatchWriter(10_000)
  writer.append(sample('a'))
  const first = Buffer.from(writer.finish(stamp)[0]!.bytes)
  expect(writer.finish(stamp)[0]!.bytes).toEqual(first)
  writer.append(sample('b'))
  const [both] = writer.finish(stamp)
  expect(read(both!.bytes)[0]!.records()).toHaveLength(2)
})

test('a writer that was reset writes the same bytes as a new one', () => {
  const writer = new RecordBatchWriter(10_000)
  for (let i = 0; i < 100; i++) writer.append(sample('something else'))
  writer.finish(stamp)
  writer.reset()
  expect(writer.empty).toBe(true)
  writer.append(sample('a'))
  expect(writer.finish(stamp)[0]!.bytes).toEqual(written([sample('a')]))
})

test('the last batch of an answer may be cut off and is left out', () => {
  const bytes = Buffer.concat([written([sample('whole')]), written([sample('cut')])])
  const first = written([sample('whole')]).length
  for (let length = first; length < bytes.length; length++) expect(read(bytes.subarray(0, length))).toHaveLength(1)
})

test('keys and values are views of the answer, and records without headers share one list', () => {
  const bytes = written([{ ...sample('value'), key: Buffer.from('key') }])
  const [record] = read(bytes)[0]!.records()
  expect(record!.value!.buffer).toBe(bytes.buffer)
  expect(record!.key!.buffer).toBe(bytes.buffer)
  expect(record!.headers).toBe(noHeaders)
})

test('a cursor decodes bit by bit what `records` decodes at once, and says when nothing is left', () => {
  const bytes = written(Array.from({ length: 10 }, (_, i) => sample('x'.repeat(20), i)))
  const [batch] = read(bytes)
  const cursor = batch!.cursor()
  const pieces = [cursor.take(3, Infinity), cursor.take(10, 1), cursor.take(10, 30)]
  expect(cursor.done).toBe(false)
  pieces.push(cursor.take(Infinity, Infinity))
  expect(cursor.done).toBe(true)
  expect(pieces.map(({ length }) => length)).toEqual([3, 1, 2, 4])
  expect(pieces.flat()).toEqual(batch!.records())
  expect(cursor.take(1, 1)).toEqual([])
})

test('a cursor names the batch in which a record is cut off', () => {
  const bytes = written([sample('a'), sample('b')])
  bytes[61] = 0x7e
  resum(bytes)
  const cursor = read(bytes)[0]!.cursor()
  expect(() => cursor.take(1, 1)).toThrow(/t\/0|at offset 0/)
})

test("where the broker's time counts, every record has it", () => {
  const bytes = written([sample('a', 1), sample('b', 5)])
  bytes.writeInt16BE(0x18, 21)
  bytes.writeBigInt64BE(99n, 35)
  resum(bytes)
  expect(
    read(bytes)[0]!
      .records()
      .map(({ timestampMs }) => timestampMs),
  ).toEqual([99, 99])
})

test.each([
  [0, 'abort'],
  [1, 'commit'],
  [2, 'other'],
])('a control record of type %i is %s', (type, control) => {
  const bytes = written([{ ...sample('\0\0\0\0\0\0'), key: Buffer.from([0, 0, 0, type]) }])
  bytes.writeInt16BE(0x30, 21)
  resum(bytes)
  expect(read(bytes)[0]!.control).toBe(control)
})

test('a control batch that compaction has emptied ends no transaction', () => {
  const bytes = written([sample('x')]).subarray(0, 61)
  bytes.writeInt32BE(61 - 12, 8)
  bytes.writeInt16BE(0x30, 21)
  bytes.writeInt32BE(0, 57)
  resum(bytes)
  expect(read(bytes)[0]).toMatchObject({ control: 'other', lastOffset: 0 })
})
