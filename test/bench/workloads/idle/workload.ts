import { onRealParts, prepare, type Bench } from '../../parts/bench.ts'
import { topicsOf } from '../../parts/bench-parts.ts'
import { consume } from '../../parts/consume.ts'
import { pause } from '../../parts/pause.ts'
import { startCoordinatorProcess } from '../../parts/processes.ts'
import { produce } from '../../parts/produce.ts'
import { requestsBetween } from '../../parts/request-counts.ts'
import { row, type Row } from '../../row.ts'

const workload = 'idle'
const counter = new URL('../keyed-counter/', import.meta.url)
const events = 10_000
/** Until what the last events left to do is done. */
const settleMs = 15_000

/** What a coordinator that has worked asks of the store and of Kafka in a minute without input. */
const idle = async (bench: Bench): Promise<Row[]> => {
  const parts = { ...(await prepare(bench, 'idle')), counted: true }
  const topics = topicsOf(parts.name)
  await produce(bench.log, topics.events, events, { keys: 1_000 })
  const child = await startCoordinatorProcess(new URL('coordinator.ts', counter), parts, ...bench.nodeOptions)
  let seen = 0
  await consume(
    bench.log,
    topics.counts,
    (records) => (seen += records.length),
    () => seen >= events,
  )
  await pause(settleMs)
  const minutes = Math.max(1 / 6, Math.min(1, bench.scale)) * 2
  const before = await child.counts()
  await pause(minutes * 60_000)
  const { store, kafka, functions } = requestsBetween(before, await child.counts())
  await child.stop()
  const perMinute = (metric: string, count: number): Row => row(workload, 'idle', metric, '/min', count / minutes)
  return [
    ...Object.entries(store).map(([kind, count]) => perMinute(`store ${kind}`, count)),
    ...Object.entries(kafka)
      .filter(([, count]) => count > 0)
      .map(([api, count]) => perMinute(`Kafka ${api}`, count)),
    perMinute('handler requests', functions.requests),
  ]
}

export const idleRequests = onRealParts(new URL('functions.worker.ts', counter), { idle })
