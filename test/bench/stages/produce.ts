import { RecordBatchWriter } from '../../../runtime/connectors/kafka/record-batch-writer.ts'
import type { ProducedRecord } from '../../../runtime/ports/transactional-log.ts'
import { CounterFlow } from './counter-flow.ts'
import { eachBatch } from './flow-stage.ts'
import { copyBatch, kept } from './limits.ts'
import type { Stage } from './stage.ts'

const batchBytesMax = 1_000_000
const stamp = { producerId: 7n, producerEpoch: 0, baseSequence: 0 }

/** Records that come out, from objects to the bytes of a record batch. */
export const produce: Stage = async (batchSize) => {
  const flow = await CounterFlow.open(batchSize)
  const records: readonly ProducedRecord[][] = flow.results.map((results) =>
    results.flatMap(({ emits }) => emits.map(({ timestampMs = 0, ...record }) => ({ ...record, timestampMs }))),
  )
  const writer = new RecordBatchWriter(batchBytesMax)
  const write = (batch: number): Buffer => {
    writer.reset()
    for (const record of records[batch]!) writer.append(record)
    return writer.finish(stamp)[0]!.bytes
  }
  const bytes = records.map((_, batch) => Buffer.from(write(batch)))
  return {
    work: eachBatch(flow, (batch) => (kept.value = write(batch))),
    limit: eachBatch(flow, (batch) => copyBatch(bytes[batch]!)),
  }
}
