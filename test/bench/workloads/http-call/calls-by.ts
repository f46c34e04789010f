import { run } from '../../parts/processes.ts'

/** Where accounts are called; `path` has {} for the name of one. */
export interface Called {
  readonly url: string
  readonly path: string
}

/** Times in milliseconds. */
export interface Calls {
  readonly callsPerSecond: number
  readonly p50: number
  readonly p99: number
}

/** Of Millrace's own HTTP API. */
export const depositPath = '/call/bench/account/{}/deposit'

/** So many clients that call one after another, a deposit of 1 into one of 10,000 accounts each time. */
export const callsBy = async (clients: number, called: Called, scale: number): Promise<Calls> => {
  const warmUpMs = Math.max(1_000, 10_000 * Math.min(1, scale))
  const load = { ...called, clients, warmUpMs, measuredMs: Math.max(2_000, 15_000 * scale) }
  const child = run(new URL('clients.ts', import.meta.url), { BENCH_CLIENTS: JSON.stringify(load) })
  return JSON.parse(await child.line('{')) as Calls
}
