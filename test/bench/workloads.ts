import type { Workload } from './parts/bench.ts'
import { keyedCounter } from './workloads/keyed-counter/workload.ts'
import { stateRecovery } from './workloads/state-recovery/workload.ts'

/** All that `npm run bench` can measure, by name. */
export const workloads: Readonly<Record<string, Workload>> = {
  'keyed-counter': keyedCounter,
  'state-recovery': stateRecovery,
}
