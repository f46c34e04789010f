import { Kafka, logLevel, Partitioners } from 'kafkajs'
import type { LogRecord } from '../../../runtime/model/record.ts'
import { quantile, row, type Row } from '../row.ts'
import type { Bench } from './bench.ts'
import { topicsOf, type BenchParts } from './bench-parts.ts'
import { consume } from './consume.ts'
import { eventOf, othersOf, type Load } from './event.ts'
import { pause } from './pause.ts'

/** Kafka's own code is compiled while it runs: figures of its first seconds are of the compiler. */
const warmUpSeconds = 30

/** A steady rate of events. */
export interface Pace {
  readonly rate: number
  /** Of those that are measured; others come before to warm up. */
  readonly seconds: number
  readonly load: Load
}

export const eventsIn = ({ rate, seconds }: Pace): number => rate * (seconds + warmUpSeconds)

/**
 * Feeds at a steady rate and answers how old each record was when it came out, but for the first ones: from the producer's
 * time stamp to a consumer that reads committed. `counts` tells which records count; undefined: all.
 */
export const paced = async (
  bench: Bench,
  parts: BenchParts,
  pace: Pace,
  counts?: (record: LogRecord) => boolean,
): Promise<number[]> => {
  const others = othersOf(eventsIn(pace), pace.load)
  const { events, counts: topic } = topicsOf(parts.name)
  const latencies: number[] = []
  let seen = 0
  const reading = consume(
    bench.log,
    topic,
    (records) => {
      const nowMs = Date.now()
      for (const record of records) {
        if (counts && !counts(record)) continue
        if (++seen > pace.rate * warmUpSeconds) latencies.push(nowMs - record.timestampMs)
      }
    },
    () => seen >= others,
  )
  await pacedProducer(parts, events, pace)
  await reading
  return latencies
}

/** Rows of the p50 and the p99, with those of `limits` beside. */
export const latencyRows = (
  workload: string,
  name: string,
  suffix: string,
  latencies: readonly number[],
  limits: readonly number[],
): Row[] => {
  const at = (metric: string, share: number): Row =>
    row(workload, name, `${metric}${suffix}`, 'ms', quantile(latencies, share), quantile(limits, share))
  return [at('p50', 0.5), at('p99', 0.99)]
}

/** Sends what is due every few milliseconds, as a stock producer would; what is late is not thinned out. */
const pacedProducer = async (parts: BenchParts, topic: string, pace: Pace): Promise<void> => {
  const kafka = new Kafka({ brokers: [parts.brokers], clientId: 'bench-producer', logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
  const total = eventsIn(pace)
  await producer.connect()
  const startedMs = performance.now()
  for (let n = 0; n < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) / 1_000) * pace.rate))
    const messages = []
    for (; n < due; n++) {
      const event = eventOf(n, pace.load)
      if (event) messages.push({ key: event.key, value: Buffer.from(event.value), timestamp: String(Date.now()) })
    }
    if (messages.length > 0) await producer.send({ topic, messages, acks: -1 })
    await pause(5)
  }
  await producer.disconnect()
}
