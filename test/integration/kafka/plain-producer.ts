import { apis } from '../../../runtime/connectors/kafka/apis.ts'
import { crc32c } from '../../../runtime/connectors/kafka/crc32c.ts'
import { ask, KafkaCluster } from '../../../runtime/connectors/kafka/kafka-cluster.ts'
import { resolveKafkaOptions } from '../../../runtime/connectors/kafka/options.ts'
import { RecordBatchWriter } from '../../../runtime/connectors/kafka/record-batch-writer.ts'
import { decodeProduce, encodeProduce } from '../../../runtime/connectors/kafka/transaction-codec.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { type ProducedRecord } from '../../../runtime/ports/transactional-log.ts'

const attributesAt = 21
const checksumAt = 17

/** Writes batches without a transaction, every header in its place: kafkajs' producer puts headers of one name together. */
export class PlainProducer {
  private readonly cluster: KafkaCluster

  constructor(brokers: string) {
    this.cluster = new KafkaCluster(resolveKafkaOptions({ brokers: [brokers] }), systemClock)
  }

  async write(topic: string, partition: number, records: readonly ProducedRecord[]): Promise<void> {
    const writer = new RecordBatchWriter(64 << 20)
    for (const record of records) writer.append(record)
    const [batch] = writer.finish({ producerId: -1n, producerEpoch: -1, baseSequence: -1 })
    if (batch === undefined) return
    batch.bytes.writeInt16BE(0, attributesAt)
    await this.writeBatch(topic, partition, batch.bytes)
  }

  /** Writes a batch as it is, but for its checksum. */
  async writeBatch(topic: string, partition: number, bytes: Buffer): Promise<void> {
    bytes.writeUInt32BE(crc32c(bytes, attributesAt), checksumAt)
    await this.cluster.learn([topic])
    const link = await this.cluster.toControl(this.cluster.leader(topic, partition)!)
    const chunks = encodeProduce(null, 30_000, [{ topic, partition, bytes, records: 1 }])
    const [answer] = decodeProduce(await ask(link, apis.produce, chunks))
    if (answer?.errorCode !== 0) throw new Error(`error ${answer?.errorCode} (${answer?.detail}) from ${topic}`)
  }

  close(): Promise<void> {
    return this.cluster.close()
  }
}
