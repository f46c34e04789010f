import { memoryLog, type MemoryLogOptions } from '../../../runtime/connectors/memory/memory-log.ts'
import type { MarkerHint } from '../../../runtime/log/log-entry.ts'
import type { PublishableWindow } from '../../../runtime/log/producer-session.ts'
import { Publisher, type RecordPlace, type PublisherHooks, type WindowSource } from '../../../runtime/log/publisher.ts'
import { committedRecords } from '../../../runtime/log/read-committed.ts'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { noHeaders, type LogRecord } from '../../../runtime/model/record.ts'
import { FaultyLog } from './faulty-log.ts'
import { SkippingClock } from './skipping-clock.ts'

export const markers = { topic: 'markers', partitions: 1 }
export const session = { uuid: 'app', markers, transactionTimeoutMs: 10_000 }

/** Window `number` with these records to topic `out`. */
export const windowWith = (number: number, ...values: string[]): PublishableWindow => ({
  number,
  clockMs: number,
  records: values.map((value) => {
    const record = { key: utf8Encode('k'), value: utf8Encode(value), headers: noHeaders, timestampMs: undefined }
    return { topic: value.startsWith('nowhere') ? 'nowhere' : 'out', record }
  }),
})

/** A log's windows, some at a time, until there are no more. */
export class ListedWindows implements WindowSource {
  private readonly windows: readonly PublishableWindow[]
  private readonly atOnce: number
  last: number
  whenExpected: (() => void) | undefined

  constructor(windows: readonly PublishableWindow[], atOnce = 1) {
    this.windows = windows
    this.atOnce = atOnce
    this.last = windows.at(-1)?.number ?? 0
  }

  expected(): undefined {}

  async next(after: number): Promise<readonly PublishableWindow[]> {
    return this.windows.filter(({ number }) => number > after).slice(0, this.atOnce)
  }
}

/** A log in memory with the topics that publishing needs, and publishers of it. */
export const makeLog = async (options: MemoryLogOptions = {}) => {
  const clock = new SkippingClock()
  const log = memoryLog(clock, options)
  for (const name of ['out', markers.topic])
    await log.createTopic({ name, partitions: 1, replicationFactor: undefined, compacted: false })
  const client = new FaultyLog(log.connect())
  const undelivered: RecordPlace[] = []
  const published: MarkerHint[] = []
  const hooks: PublisherHooks = {
    published: (mark) => published.push(mark),
    undeliverable: async (place) => void undelivered.push(place),
    sealed: async () => false,
    trouble: () => undefined,
  }
  const publisher = (
    source: WindowSource,
    hint: MarkerHint = { number: 0, offset: 0 },
    more: Partial<PublisherHooks> = {},
  ) => new Publisher(client, clock, 'log', hint, source, session, { ...hooks, ...more })
  const committed = async (topic: string): Promise<readonly LogRecord[]> => {
    const bounds = { maxWaitMs: 0, maxBytes: 1 << 30, partitionMaxBytes: 1 << 30 }
    const fetched = await log.fetch('test', [{ topic, partition: 0, offset: 0 }], bounds)
    if (fetched.kind !== 'ok') throw fetched.cause
    return fetched.value.flatMap((partition) => committedRecords(partition, 0).records)
  }
  const out = async (): Promise<string[]> => (await committed('out')).map(({ value }) => utf8Decode(value!))
  return { clock, log, client, undelivered, published, publisher, committed, out }
}
