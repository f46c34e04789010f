import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { MillraceError } from '../../model/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LogOutcome, ProducedRecord, TransactionalLog } from '../../ports/transactional-log.ts'
import { encodeBatch } from '../memory/batch-codec.ts'
import { ServedLog } from '../memory/served-log.ts'
import { WorkerServer } from './worker-server.ts'

export interface EmbeddedLogOptions {
  /** One process at a time may have it open. */
  readonly file: string
  readonly clock: Clock
  /** A larger record is refused. Default 16 MiB. */
  readonly recordBytesMax?: number
  /** The largest size of the file; default: as large as the disk. */
  readonly fileBytesMax?: number
}

/** A log with Kafka's transactions in one file of this machine. */
export interface EmbeddedLog extends TransactionalLog {
  /**
   * A plain write of one batch, at once visible and durable, if the partition's next offset is `expectedEndOffset`. A
   * feeder takes the offset that it goes on from with `offsets(…, 'latest')`: after a crash it writes nothing twice.
   * Answers the next offset after the write, or `undefined` if the partition ends elsewhere, and nothing was written.
   */
  appendIfEnd(
    topic: string,
    partition: number,
    expectedEndOffset: number,
    records: readonly ProducedRecord[],
  ): Promise<LogOutcome<number | undefined>>
  /** A plain write without a condition; answers the first record's offset. */
  append(topic: string, partition: number, records: readonly ProducedRecord[]): Promise<LogOutcome<number>>
}

const recordBytesMaxDefault = 16 << 20

/**
 * Opens the file, or makes it. Throws a MillraceError: LOG_UNAVAILABLE when another process has it open (it says which),
 * LOG_CORRUPT, LOG_FORBIDDEN, or UNSUPPORTED_PLATFORM on a Node older than 22.13.
 * @example const log = await openEmbeddedLog({ file: '.millrace/log.sqlite', clock: systemClock })
 */
export const openEmbeddedLog = async (options: EmbeddedLogOptions): Promise<EmbeddedLog> => {
  const file = resolve(options.file)
  await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => {
    throw new MillraceError('LOG_FORBIDDEN', `the folder of the log ${file} cannot be made`, { cause: error })
  })
  const recordBytesMax = options.recordBytesMax ?? recordBytesMaxDefault
  const server = await WorkerServer.open({ file, recordBytesMax, fileBytesMax: options.fileBytesMax }, options.clock)
  const log = new ServedLog(server, options.clock, () => server.close())

  const feed = (topic: string, partition: number, records: readonly ProducedRecord[], expectedEnd?: number) =>
    server.ask('feed', { topic, partition, ...encodeBatch(records) }, expectedEnd)
  return {
    partitions: log.partitions,
    createTopic: log.createTopic,
    offsets: log.offsets,
    mayProduce: log.mayProduce,
    commitGroupOffsets: log.commitGroupOffsets,
    fetch: (reader, positions, bounds) => log.fetch(reader, positions, bounds),
    producer: (transactionalId, timeoutMs) => log.producer(transactionalId, timeoutMs),
    close: () => log.close(),
    appendIfEnd: async (topic, partition, expectedEndOffset, records) => {
      if (records.length === 0) return { kind: 'ok', value: expectedEndOffset }
      const fed = await feed(topic, partition, records, expectedEndOffset)
      if (fed.kind !== 'ok' || fed.value === undefined) return fed
      return { kind: 'ok', value: fed.value + records.length }
    },
    append: async (topic, partition, records) => {
      const fed = await feed(topic, partition, records)
      return fed.kind === 'ok' ? { kind: 'ok', value: fed.value ?? 0 } : fed
    },
  }
}
