import fc from 'fast-check'
import { crc32c } from '../../../../runtime/connectors/kafka/crc32c.ts'
import { readBatches } from '../../../../runtime/connectors/kafka/record-batch-reader.ts'
import { RecordBatchWriter } from '../../../../runtime/connectors/kafka/record-batch-writer.ts'
import { type RecordBatch, type ProducedRecord } from '../../../../runtime/ports/transactional-log.ts'

const maybeBytes = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: null, freq: 8 })
const header = fc.tuple(fc.string({ unit: 'binary', maxLength: 12 }), maybeBytes)

/** Records of all shapes; times lie far apart in both directions. */
export const anyRecord: fc.Arbitrary<ProducedRecord> = fc.record({
  key: maybeBytes,
  value: maybeBytes,
  headers: fc.array(header, { maxLength: 4 }),
  timestampMs: fc.oneof(fc.nat(), fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 })),
})

export const sample = (value: string, timestampMs = 1_700_000_000_000): ProducedRecord => ({
  key: null,
  value: Buffer.from(value),
  headers: [],
  timestampMs,
})

export const stamp = { producerId: 4_711n, producerEpoch: 3, baseSequence: 10 }

export const written = (records: readonly ProducedRecord[], batchBytesMax = 1_000_000): Buffer => {
  const writer = new RecordBatchWriter(batchBytesMax)
  for (const record of records) writer.append(record)
  return Buffer.concat(writer.finish(stamp).map(({ bytes }) => bytes))
}

export const read = (bytes: Buffer): RecordBatch[] => readBatches({ topic: 'orders', partition: 7 }, bytes)

/** Makes the checksum right again after bytes were changed. */
export const resum = (bytes: Buffer): Buffer => {
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return bytes
}
