import { readBatches } from '../../../runtime/connectors/kafka/record-batch-reader.ts'
import { RecordBatchWriter } from '../../../runtime/connectors/kafka/record-batch-writer.ts'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { noHeaders, type LogRecord } from '../../../runtime/model/record.ts'
import { eventOf } from '../parts/event.ts'

/** Events of one cycle: each of as many keys comes once. */
export const cycleEvents = 10_000

/** The events of the keyed-counter bench as they come from Kafka, in record batches of so many. */
export const wireBatches = (batchSize: number): readonly Buffer[] =>
  Array.from({ length: cycleEvents / batchSize }, (_, batch) => {
    const writer = new RecordBatchWriter(64 << 20)
    for (let n = batch * batchSize; n < (batch + 1) * batchSize; n++) {
      const event = eventOf(n, { keys: cycleEvents })
      if (event)
        writer.append({
          key: utf8Encode(event.key),
          value: event.value,
          headers: noHeaders,
          timestampMs: 1_764_000_000_000 + n,
        })
    }
    const [encoded] = writer.finish({ producerId: 7n, producerEpoch: 0, baseSequence: batch * batchSize })
    if (!encoded) throw new Error('nothing was written')
    encoded.bytes.writeBigInt64BE(BigInt(batch * batchSize), 0)
    return encoded.bytes
  })

/** What the reader makes of one record batch. */
export const recordsIn = (bytes: Buffer): LogRecord[] =>
  readBatches({ topic: 'events', partition: 0 }, bytes).flatMap((batch) => batch.records())
