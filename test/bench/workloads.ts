import type { Workload } from './parts/bench.ts'
import { peers } from './peers/peers.ts'
import { chain } from './workloads/chain/workload.ts'
import { costOfRequests } from './workloads/cost/workload.ts'
import { hotKey } from './workloads/hot-key/workload.ts'
import { httpCall } from './workloads/http-call/workload.ts'
import { idleRequests } from './workloads/idle/workload.ts'
import { inProcessCounter } from './workloads/in-process/workload.ts'
import { keyedCounter } from './workloads/keyed-counter/workload.ts'
import { largeState } from './workloads/large-state/workload.ts'
import { slowHandlers } from './workloads/slow-handlers/workload.ts'
import { stages } from './stages/stages.ts'
import { scaling } from './workloads/scaling/workload.ts'
import { stateRecovery } from './workloads/state-recovery/workload.ts'

/** All that `npm run bench` can measure, by name. */
export const workloads: Readonly<Record<string, Workload>> = {
  'keyed-counter': keyedCounter,
  'in-process': inProcessCounter,
  chain,
  'http-call': httpCall,
  'slow-handlers': slowHandlers,
  'hot-key': hotKey,
  'large-state': largeState,
  stages,
  scaling,
  'state-recovery': stateRecovery,
  idle: idleRequests,
  cost: costOfRequests,
  peers,
}
