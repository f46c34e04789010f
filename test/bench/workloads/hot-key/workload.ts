import { onRealParts } from '../../parts/bench.ts'
import { drainRows } from '../../parts/drain-rows.ts'
import { scaled } from '../../parts/scaled.ts'

const counter = new URL('../keyed-counter/', import.meta.url)

/** The counter of keyed-counter, with half of all events on one key. */
export const hotKey = onRealParts(new URL('functions.worker.ts', counter), {
  drain: (bench) =>
    drainRows(bench, {
      workload: 'hot-key',
      case: 'drain',
      coordinator: new URL('coordinator.ts', counter),
      count: scaled(1_000_000, bench.scale),
      load: { keys: 10_000, hot: true },
    }),
})
