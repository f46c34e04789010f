import { row, type Row } from '../row.ts'
import { prepare, type Bench } from './bench.ts'
import { topicsOf } from './bench-parts.ts'
import { bareLoop, drained } from './drain.ts'
import type { Load } from './event.ts'
import { produce } from './produce.ts'

export interface Drain {
  readonly workload: string
  readonly case: string
  readonly coordinator: URL
  readonly count: number
  readonly load: Load
}

/** A backlog of events, one record out for each: from open intake until the last one is committed in Kafka. */
export const drainRows = async (bench: Bench, drain: Drain): Promise<Row[]> => {
  const { workload, case: name, coordinator, count, load } = drain
  const parts = await prepare(bench, `${workload}-${name}`)
  await produce(bench.log, topicsOf(parts.name).events, count, load)
  const limit = await bareLoop(parts, count)
  const { seconds, cpuSeconds } = await drained(bench, coordinator, parts, count)
  return [
    row(workload, name, 'throughput', 'events/s', count / seconds, limit),
    row(workload, name, 'coordinator CPU', 'µs/event', (cpuSeconds / count) * 1e6),
  ]
}
