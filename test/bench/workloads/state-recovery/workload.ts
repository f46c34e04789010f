import { topicsOf } from '../../parts/bench-parts.ts'
import { onRealParts, prepare, type Bench } from '../../parts/bench.ts'
import { consume } from '../../parts/consume.ts'
import { startCoordinatorProcess } from '../../parts/processes.ts'
import { produce } from '../../parts/produce.ts'
import { scaled } from '../../parts/scaled.ts'
import { storeOf } from '../../parts/store-of.ts'
import { writeState } from '../../parts/write-state.ts'
import { row, type Row } from '../../row.ts'
import { memoryOf } from './memory-of.ts'
import { readingSeconds } from './reading-seconds.ts'
import { shardOf } from './shard-of.ts'

const workload = 'state-recovery'
const coordinator = new URL('coordinator.ts', import.meta.url)

/**
 * A coordinator that starts on a bucket with much state: from the start of its process to the first record that comes out,
 * beside the time that reading the same bytes from the same store takes and nothing else; and its memory then.
 */
const recovery = async (bench: Bench, name: string, keys: number): Promise<Row[]> => {
  const parts = await prepare(bench, name)
  const store = storeOf(parts)
  await writeState(store, parts.name, { keys: scaled(keys, bench.scale), keysAtOnce: 500_000, shardOf })
  const { events, counts } = topicsOf(parts.name)
  await produce(bench.log, events, 1, { keys: 1 })
  const raw = await readingSeconds(store)
  const startedMs = performance.now()
  const starting = startCoordinatorProcess(coordinator, parts, ...bench.nodeOptions)
  let seen = 0
  await Promise.all([
    starting,
    consume(
      bench.log,
      counts,
      (records) => (seen += records.length),
      () => seen > 0,
    ),
  ])
  const seconds = (performance.now() - startedMs) / 1_000
  const child = await starting
  const memory = await memoryOf(child)
  await child.stop()
  await store.close()
  return [row(workload, name, 'recovery', 's', seconds, raw), row(workload, name, 'memory', 'MiB', memory)]
}

/** Keys with 100 bytes each. */
export const stateRecovery = onRealParts(new URL('functions.worker.ts', import.meta.url), {
  'state-0': (bench) => recovery(bench, 'state-0', 0),
  'state-1m': (bench) => recovery(bench, 'state-1m', 1_000_000),
  'state-10m': (bench) => recovery(bench, 'state-10m', 10_000_000),
})
