import { Kafka, logLevel, Partitioners } from 'kafkajs'
import type { LogRecord } from '../../../runtime/model/record.ts'
import { quantile, row, type Row } from '../row.ts'
import type { Bench } from './bench.ts'
import { topicsOf, type BenchParts } from './bench-parts.ts'
import { consume } from './consume.ts'
import { eventOf, othersOf, type Load } from './event.ts'
import { pause } from './pause.ts'
import { run } from './processes.ts'

/** From here on kafkajs' producer, which takes 4 to 9 µs a record, is what would be measured. */
const stockRateMax = 20_000

/** A steady rate of events. */
export interface Pace {
  readonly rate: number
  /** Kafka's own code is compiled while it runs: figures of its first seconds are of the compiler. */
  readonly warmUpSeconds: number
  /** Of those that are measured. */
  readonly seconds: number
  readonly load: Load
}

export interface Paced {
  /** How old each record was when it came out, but for the first ones. */
  readonly latencies: readonly number[]
  /** Events a second that were sent in the end. */
  readonly offered: number
}

export const paceOf = (rate: number, scale: number, load: Load): Pace => ({
  rate,
  warmUpSeconds: 30 * Math.min(1, scale),
  seconds: 20 * scale,
  load,
})

export const eventsIn = ({ rate, warmUpSeconds, seconds }: Pace): number => Math.round(rate * (warmUpSeconds + seconds))

/**
 * Feeds at a steady rate and measures from the producer's time stamp to a consumer that reads committed. `counts` tells
 * which records count; undefined: all.
 */
export const paced = async (
  bench: Bench,
  parts: BenchParts,
  pace: Pace,
  counts?: (record: LogRecord) => boolean,
): Promise<Paced> => {
  const others = othersOf(eventsIn(pace), pace.load)
  const warmUp = othersOf(pace.rate * pace.warmUpSeconds, pace.load)
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
        if (++seen > warmUp) latencies.push(nowMs - record.timestampMs)
      }
    },
    () => seen >= others,
  )
  const produce = pace.rate > stockRateMax ? fastProducer : stockProducer
  const offered = await produce(parts, events, pace)
  await reading
  return { latencies, offered }
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

/** Sends what is due every few milliseconds; what is late is not thinned out. */
export const stockProducer = async (parts: Pick<BenchParts, 'brokers'>, topic: string, pace: Pace): Promise<number> => {
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
  const seconds = (performance.now() - startedMs) / 1_000
  await producer.disconnect()
  return total / seconds
}

/** The same with Millrace's own encoding, which takes less than 1 µs a record, on a core of its own where there is one. */
const fastProducer = async ({ brokers }: BenchParts, topic: string, pace: Pace): Promise<number> => {
  const { rate, load } = pace
  const producer = { brokers, topic, rate, total: eventsIn(pace), load }
  const child = run(new URL('fast-producer.ts', import.meta.url), { BENCH_PRODUCER: JSON.stringify(producer) })
  const { eventsPerSecond } = JSON.parse(await child.line('{')) as { eventsPerSecond: number }
  return eventsPerSecond
}
