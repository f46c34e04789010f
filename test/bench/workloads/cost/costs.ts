import type { RequestCounts } from '../../parts/request-counts.ts'
import { lambdaGb, prices } from './prices.ts'

/** Dollars for the requests that were counted, by who is paid. */
export interface Costs {
  readonly s3: number
  readonly lambda: number
  readonly workers: number
}

/** `handlerCpuMs` is the CPU time of the process that served the functions. */
export const costsOf = ({ store, functions }: RequestCounts, handlerCpuMs: number): Costs => ({
  s3: (store.writes + store.lists) * prices.s3Write + store.reads * prices.s3Read,
  lambda: functions.requests * prices.lambdaRequest + (functions.durationMs / 1_000) * lambdaGb * prices.lambdaGbSecond,
  workers: functions.requests * prices.workersRequest + handlerCpuMs * prices.workersCpuMs,
})
