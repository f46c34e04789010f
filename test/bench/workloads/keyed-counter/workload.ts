import { drained } from '../../parts/drain.ts'
import { drainRows } from '../../parts/drain-rows.ts'
import { onRealParts, prepare, type Bench } from '../../parts/bench.ts'
import { topicsOf } from '../../parts/bench-parts.ts'
import { othersOf, type Load } from '../../parts/event.ts'
import { inTurns } from '../../parts/in-turns.ts'
import { eventsIn, latencyRows, paced, paceOf, type Pace } from '../../parts/pace.ts'
import { run, startCoordinatorProcess } from '../../parts/processes.ts'
import { produce } from '../../parts/produce.ts'
import { scaled } from '../../parts/scaled.ts'
import { row, type Row } from '../../row.ts'

const workload = 'keyed-counter'
const coordinator = new URL('coordinator.ts', import.meta.url)

const drain = (bench: Bench, name: string, count: number, keys: number): Promise<Row[]> =>
  drainRows(bench, { workload, case: name, coordinator, count, load: { keys } })

/**
 * One key of a hundred fails for ever and is parked: throughput and latency of all others. The limit is a run with the same
 * events but for those that fail.
 */
const poisoned = async (bench: Bench, count: number): Promise<Row[]> => {
  const [dirty, clean] = await inTurns(['marked', 'left-out'] as const, async (as) => {
    const load: Load = { keys: 10_000, marks: { oneOf: 100, as } }
    const drain = await prepare(bench, `poisoned-drain-${as}`)
    await produce(bench.log, topicsOf(drain.name).events, count, load)
    const others = othersOf(count, load)
    const { seconds } = await drained(bench, coordinator, drain, others)
    const throughput = others / seconds
    const steady = await prepare(bench, `poisoned-latency-${as}`)
    const child = await startCoordinatorProcess(coordinator, steady, ...bench.nodeOptions)
    const { latencies } = await paced(bench, steady, paceOf(1_000, bench.scale, load))
    await child.stop()
    return { throughput, latencies }
  })
  const throughput = (runs: typeof clean): number =>
    runs.reduce((sum, { throughput: each }) => sum + each / runs.length, 0)
  const latencies = (runs: typeof clean): number[] => runs.flatMap((each) => [...each.latencies])
  return [
    row(workload, 'poisoned', 'throughput of others', 'events/s', throughput(dirty), throughput(clean)),
    ...latencyRows(workload, 'poisoned', ' of others', latencies(dirty), latencies(clean)),
  ]
}

/** A steady rate; the limit is the bare loop's. */
const latency = async (bench: Bench, name: string, pace: Pace): Promise<Row[]> => {
  const bare = await prepare(bench, `${name}-bare`)
  const { events: from, counts: to } = topicsOf(bare.name)
  const loop = run(new URL('../../parts/bare-loop.ts', import.meta.url), {
    BENCH_LOOP: JSON.stringify({ brokers: bare.brokers, from, to, count: eventsIn(pace) }),
  })
  await loop.line('ready')
  const { latencies: limits } = await paced(bench, bare, pace)
  await loop.line('{')
  const parts = await prepare(bench, name)
  const child = await startCoordinatorProcess(coordinator, parts, ...bench.nodeOptions)
  const { latencies, offered } = await paced(bench, parts, pace)
  await child.stop()
  return [
    ...latencyRows(workload, name, '', latencies, limits),
    row(workload, name, 'offered', 'events/s', offered, pace.rate),
  ]
}

export const keyedCounter = onRealParts(new URL('functions.worker.ts', import.meta.url), {
  'drain-10k': (bench) => drain(bench, 'drain-10k', scaled(2_000_000, bench.scale), 10_000),
  'drain-1m': (bench) => drain(bench, 'drain-1m', scaled(1_000_000, bench.scale), scaled(1_000_000, bench.scale)),
  'latency-1k': (bench) => latency(bench, 'latency-1k', paceOf(1_000, bench.scale, { keys: 10_000 })),
  'latency-10k': (bench) => latency(bench, 'latency-10k', paceOf(10_000, bench.scale, { keys: 10_000 })),
  'latency-50k': (bench) => latency(bench, 'latency-50k', paceOf(50_000, bench.scale, { keys: 10_000 })),
  poisoned: (bench) => poisoned(bench, scaled(1_000_000, bench.scale)),
})
