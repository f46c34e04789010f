import { onRealParts, prepare, type Bench } from '../../parts/bench.ts'
import { topicsOf } from '../../parts/bench-parts.ts'
import { bareLoop, drained } from '../../parts/drain.ts'
import { produce } from '../../parts/produce.ts'
import { storeOf } from '../../parts/store-of.ts'
import { writeState } from '../../parts/write-state.ts'
import { scaled } from '../../parts/scaled.ts'
import { row, type Row } from '../../row.ts'
import { shardOf } from './shard-of.ts'

const workload = 'large-state'
const coordinator = new URL('coordinator.ts', import.meta.url)
const stateBytes = 100_000

/** 100 KB of map state under each key, of which an event touches 1 KB. */
const drain = async (bench: Bench): Promise<Row[]> => {
  const keys = scaled(10_000, bench.scale)
  const count = scaled(30_000, bench.scale)
  const parts = { ...(await prepare(bench, 'large-state')), counted: true }
  const store = storeOf(parts)
  await writeState(store, parts.name, { keys, keysAtOnce: 1_000, shardOf })
  await store.close()
  await produce(bench.log, topicsOf(parts.name).events, count, { keys })
  const limit = await bareLoop(parts, count)
  const { seconds, cpuSeconds, requests } = await drained(bench, coordinator, parts, count)
  const bytes = (requests?.functions.requestBytes ?? NaN) / count
  return [
    row(workload, 'drain', 'throughput', 'events/s', count / seconds, limit),
    row(workload, 'drain', 'sent to the handler', 'bytes/event', bytes, stateBytes),
    row(workload, 'drain', 'calls made once more', 'calls/event', (requests?.functions.incomplete ?? NaN) / count),
    row(workload, 'drain', 'coordinator CPU', 'µs/event', (cpuSeconds / count) * 1e6),
  ]
}

export const largeState = onRealParts(new URL('functions.worker.ts', import.meta.url), { drain })
