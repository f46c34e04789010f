import { onRealParts } from '../../parts/bench.ts'
import { drainRows } from '../../parts/drain-rows.ts'
import { scaled } from '../../parts/scaled.ts'

const coordinator = new URL('coordinator.ts', import.meta.url)

/** The counter of keyed-counter inside the coordinator: no HTTP, no second process. */
export const inProcessCounter = onRealParts(undefined, {
  'drain-10k': (bench) =>
    drainRows(bench, {
      workload: 'in-process',
      case: 'drain-10k',
      coordinator,
      count: scaled(4_000_000, bench.scale),
      load: { keys: 10_000 },
    }),
})
