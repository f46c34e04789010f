import { utf8Decode } from '../../../../runtime/model/bytes.ts'
import type { LogRecord } from '../../../../runtime/model/record.ts'
import { onRealParts, prepare, type Bench } from '../../parts/bench.ts'
import { topicsOf } from '../../parts/bench-parts.ts'
import { drained } from '../../parts/drain.ts'
import { isMarkedKey, othersOf, type Load } from '../../parts/event.ts'
import { inTurns } from '../../parts/in-turns.ts'
import { latencyRows, paced, paceOf } from '../../parts/pace.ts'
import { startCoordinatorProcess } from '../../parts/processes.ts'
import { produce } from '../../parts/produce.ts'
import { scaled } from '../../parts/scaled.ts'
import { row, type Row } from '../../row.ts'

const workload = 'slow-handlers'
const coordinator = new URL('coordinator.ts', import.meta.url)
/** So many that slow ones, a tenth of them, can wait side by side and none of them has much of a queue. */
const keys = 100_000
const slow: Load = { keys, marks: { oneOf: 10, as: 'marked' } }
/** The same events, of which none is slow. */
const quick: Load = { keys, marks: { oneOf: 10, as: 'plain' } }

const isOther = ({ key }: LogRecord): boolean => key !== null && !isMarkedKey(utf8Decode(key), slow)

const throughput = async (bench: Bench): Promise<Row[]> => {
  const count = scaled(1_000_000, bench.scale)
  const others = othersOf(count, slow)
  const [measured, limits] = await inTurns([slow, quick], async (load) => {
    const parts = await prepare(bench, `slow-drain-${load === slow ? 'slow' : 'quick'}`)
    await produce(bench.log, topicsOf(parts.name).events, count, load)
    const { seconds, cpuSeconds } = await drained(bench, coordinator, parts, others, isOther)
    return { perSecond: others / seconds, cpu: (cpuSeconds / count) * 1e6 }
  })
  const means = (metric: string, unit: string, of: 'perSecond' | 'cpu'): Row => {
    const mean = (runs: typeof measured): number => runs.reduce((sum, run) => sum + run[of] / runs.length, 0)
    return row(workload, 'throughput', metric, unit, mean(measured), mean(limits))
  }
  return [means('throughput of others', 'events/s', 'perSecond'), means('coordinator CPU', 'µs/event', 'cpu')]
}

const latency = async (bench: Bench): Promise<Row[]> => {
  const [measured, limits] = await inTurns([slow, quick], async (load) => {
    const parts = await prepare(bench, `slow-latency-${load === slow ? 'slow' : 'quick'}`)
    const child = await startCoordinatorProcess(coordinator, parts, ...bench.nodeOptions)
    const { latencies } = await paced(bench, parts, paceOf(1_000, bench.scale, load), isOther)
    await child.stop()
    return latencies
  })
  return latencyRows(workload, 'latency', ' of others', measured.flat(), limits.flat())
}

/** One call of ten waits 200 ms: throughput and latency of all others. The limit is a run in which none waits. */
export const slowHandlers = onRealParts(new URL('functions.worker.ts', import.meta.url), { throughput, latency })
