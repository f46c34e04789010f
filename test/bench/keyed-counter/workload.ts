import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { realParts, type RealParts } from '../../../infra/local/parts.ts'
import { createBucket } from '../../../infra/local/minio.ts'
import { quantile, row, type Row } from '../row.ts'
import { topicsOf, type BenchParts } from './application.ts'
import { consume, endOf, eventOf, ok, othersOf, partitionCount, produce, type Poison } from './load.ts'
import { run, serveFunctions, startCoordinatorProcess } from './processes.ts'

const workload = 'keyed-counter'
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Bench {
  readonly real: RealParts
  readonly log: TransactionalLog
  readonly handlerUrl: string
  readonly nodeOptions: readonly string[]
}

export const cases = {
  'drain-10k': (bench: Bench, scale: number) => drain(bench, 'drain-10k', 2_000_000 * scale, 10_000),
  'drain-1m': (bench: Bench, scale: number) => drain(bench, 'drain-1m', 1_000_000 * scale, 1_000_000 * scale),
  'latency-1k': (bench: Bench, scale: number) => latency(bench, 'latency-1k', 1_000, 20 * scale),
  'latency-10k': (bench: Bench, scale: number) => latency(bench, 'latency-10k', 10_000, 20 * scale),
  poisoned: (bench: Bench, scale: number) => poisoned(bench, 1_000_000 * scale, 20 * scale),
}
export type CaseName = keyof typeof cases

/** Runs cases one after another over one Kafka, one MinIO and one workerd, everything on this machine. */
export const keyedCounter = async (
  names: readonly CaseName[],
  scale: number,
  nodeOptions: readonly string[],
): Promise<Row[]> => {
  const real = await realParts({ heapMb: 1_024 })
  const functions = await serveFunctions(new URL('functions.worker.ts', import.meta.url))
  const log = await openKafkaLog({ brokers: [real.kafka.brokers] }, systemClock)
  try {
    const rows: Row[] = []
    for (const name of names) {
      rows.push(...(await cases[name]({ real, log, handlerUrl: functions.url, nodeOptions }, scale)))
      await pause(2_000)
    }
    return rows
  } finally {
    await log.close()
    await functions.close()
    await real.stop()
  }
}

/** Makes what a run of its own needs: topics and a bucket that nothing has been in. */
const prepare = async ({ real, log, handlerUrl }: Bench, caseName: string): Promise<BenchParts> => {
  const name = `${caseName}-${Date.now().toString(36)}`
  const { events, counts, dead } = topicsOf(name)
  for (const topic of [events, counts, dead, `${name}-bare`])
    ok(await log.createTopic({ name: topic, partitions: partitionCount, replicationFactor: 1, compacted: false }))
  await createBucket(real.s3, name)
  const { endpoint, accessKey, secretKey } = real.s3
  return {
    name,
    brokers: real.kafka.brokers,
    s3: { endpoint, accessKey, secretKey },
    bucket: name,
    handlerUrl,
    application: 'counter',
  }
}

const bareLoop = async (parts: BenchParts, count: number): Promise<number> => {
  const { events: from } = topicsOf(parts.name)
  const loop = { brokers: parts.brokers, from, to: `${parts.name}-bare`, count }
  const child = run('bare-loop.ts', { BENCH_LOOP: JSON.stringify(loop) })
  const { eventsPerSecond } = JSON.parse(await child.line('{')) as { eventsPerSecond: number }
  return eventsPerSecond
}

/** A backlog of `count` events: from open intake until the last effect is committed in Kafka. */
const drain = async (bench: Bench, name: string, count: number, keys: number): Promise<Row[]> => {
  const parts = await prepare(bench, name)
  const { events } = topicsOf(parts.name)
  await produce(bench.log, events, count, keys)
  const limit = await bareLoop(parts, count)
  await pause(1_000)
  return [row(workload, name, 'throughput', 'events/s', count / (await drained(bench, parts, count)), limit)]
}

/** Seconds from open intake until `count` effects are committed in Kafka. */
const drained = async (bench: Bench, parts: BenchParts, count: number): Promise<number> => {
  const { counts } = topicsOf(parts.name)
  const bootMs = performance.now()
  const coordinator = await startCoordinatorProcess(parts, ...bench.nodeOptions)
  if (process.env['BENCH_TRACE']) console.log('boot', performance.now() - bootMs)
  const startedMs = performance.now()
  // Control records take offsets too, so the end offsets only say when to look closely.
  while ((await endOf(bench.log, counts)) < count) await pause(100)
  let seen = 0
  await consume(
    bench.log,
    counts,
    (records) => (seen += records.length),
    () => seen >= count,
  )
  const seconds = (performance.now() - startedMs) / 1_000
  if (process.env['BENCH_TRACE']) console.log('drained', seconds)
  const stopMs = performance.now()
  await coordinator.stop()
  if (process.env['BENCH_TRACE']) console.log('stopped', performance.now() - stopMs)
  if (seen !== count) throw new Error(`${parts.name}: ${seen} records came out for ${count} events`)
  return seconds
}

/**
 * One key of a hundred fails for ever and is parked: throughput and latency of all others. The limit is a run with the same
 * events but for those that fail.
 */
const poisoned = async (bench: Bench, count: number, seconds: number): Promise<Row[]> => {
  const keys = 10_000
  const run = async (poison: Poison) => {
    const drain = await prepare(bench, `poisoned-drain-${poison}`)
    await produce(bench.log, topicsOf(drain.name).events, count, keys, poison)
    const others = othersOf(count, keys)
    const throughput = others / (await drained(bench, drain, others))
    const rate = 1_000
    const steady = await prepare(bench, `poisoned-latency-${poison}`)
    const coordinator = await startCoordinatorProcess(steady, ...bench.nodeOptions)
    const latencies = await paced(bench, steady, rate, rate * (seconds + warmUpSeconds), poison)
    await coordinator.stop()
    return { throughput, latencies }
  }
  // In the order clean, poisoned, poisoned, clean: what gets faster or slower while the bench runs favours neither.
  const clean = [await run('left-out')]
  const dirty = [await run('failing'), await run('failing')]
  clean.push(await run('left-out'))
  const throughput = (runs: typeof clean): number =>
    runs.reduce((sum, { throughput: each }) => sum + each / runs.length, 0)
  const latencies = (runs: typeof clean): number[] => runs.flatMap((each) => each.latencies)
  const at = (metric: string, share: number): Row =>
    row(workload, 'poisoned', metric, 'ms', quantile(latencies(dirty), share), quantile(latencies(clean), share))
  return [
    row(workload, 'poisoned', 'throughput of others', 'events/s', throughput(dirty), throughput(clean)),
    at('p50 of others', 0.5),
    at('p99 of others', 0.99),
  ]
}

/** Kafka's own code is compiled while it runs: figures of its first seconds are of the compiler. */
const warmUpSeconds = 30

/** A steady rate: from the producer's time stamp to a consumer that reads committed; the limit is the bare loop's. */
const latency = async (bench: Bench, name: string, rate: number, seconds: number): Promise<Row[]> => {
  const total = rate * (seconds + warmUpSeconds)
  const bare = await prepare(bench, `${name}-bare`)
  const { events: from, counts: to } = topicsOf(bare.name)
  const loop = run('bare-loop.ts', { BENCH_LOOP: JSON.stringify({ brokers: bare.brokers, from, to, count: total }) })
  await loop.line('ready')
  const limits = await paced(bench, bare, rate, total)
  await loop.line('{')
  const parts = await prepare(bench, name)
  const coordinator = await startCoordinatorProcess(parts, ...bench.nodeOptions)
  const latencies = await paced(bench, parts, rate, total)
  await coordinator.stop()
  const at = (metric: string, share: number): Row =>
    row(workload, name, metric, 'ms', quantile(latencies, share), quantile(limits, share))
  return [at('p50', 0.5), at('p99', 0.99)]
}

/** Feeds at a steady rate and answers how old each record was when it came out, but for the first ones. */
const paced = async (
  bench: Bench,
  parts: BenchParts,
  rate: number,
  total: number,
  poison: Poison = 'none',
): Promise<number[]> => {
  const others = poison === 'none' ? total : othersOf(total, 10_000)
  const { events, counts } = topicsOf(parts.name)
  const latencies: number[] = []
  let seen = 0
  const reading = consume(
    bench.log,
    counts,
    (records) => {
      const nowMs = Date.now()
      for (const { timestampMs } of records) if (++seen > rate * warmUpSeconds) latencies.push(nowMs - timestampMs)
    },
    () => seen >= others,
  )
  await pacedProducer(parts, events, rate, total, poison)
  await reading
  return latencies
}

/** Sends what is due every few milliseconds, as a stock producer would; what is late is not thinned out. */
const pacedProducer = async (
  parts: BenchParts,
  topic: string,
  rate: number,
  total: number,
  poison: Poison,
): Promise<void> => {
  const kafka = new Kafka({ brokers: [parts.brokers], clientId: 'bench-producer', logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
  await producer.connect()
  const startedMs = performance.now()
  for (let n = 0; n < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) / 1_000) * rate))
    const messages = []
    for (; n < due; n++) {
      const event = eventOf(n, 10_000, poison)
      if (event) messages.push({ key: event.key, value: Buffer.from(event.value), timestamp: String(Date.now()) })
    }
    if (messages.length > 0) await producer.send({ topic, messages, acks: -1 })
    await pause(5)
  }
  await producer.disconnect()
}
