import type { Workload } from './parts/bench.ts'
import { chain } from './workloads/chain/workload.ts'
import { hotKey } from './workloads/hot-key/workload.ts'
import { inProcessCounter } from './workloads/in-process/workload.ts'
import { keyedCounter } from './workloads/keyed-counter/workload.ts'
import { stateRecovery } from './workloads/state-recovery/workload.ts'

/** All that `npm run bench` can measure, by name. */
export const workloads: Readonly<Record<string, Workload>> = {
  'keyed-counter': keyedCounter,
  'in-process': inProcessCounter,
  chain,
  'hot-key': hotKey,
  'state-recovery': stateRecovery,
}
