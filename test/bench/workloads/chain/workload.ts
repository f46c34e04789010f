import { onRealParts } from '../../parts/bench.ts'
import { drainRows } from '../../parts/drain-rows.ts'
import { scaled } from '../../parts/scaled.ts'

/** Three actors for each event: from open intake until the last one's record is committed. */
export const chain = onRealParts(new URL('functions.worker.ts', import.meta.url), {
  drain: (bench) =>
    drainRows(bench, {
      workload: 'chain',
      case: 'drain',
      coordinator: new URL('coordinator.ts', import.meta.url),
      count: scaled(1_000_000, bench.scale),
      load: { keys: 10_000 },
    }),
})
