/** What a figure, or its ratio to the raw limit, should reach. */
export interface Aim {
  readonly of: 'value' | 'ratio'
  readonly comparison: '≥' | '≤'
  readonly number: number
}

const atLeast = (number: number): Aim => ({ of: 'value', comparison: '≥', number })
const atMost = (number: number): Aim => ({ of: 'value', comparison: '≤', number })

/** By workload, case and metric. They hold at scale 1 on a machine of two cores that does nothing else. */
const aims: Readonly<Record<string, Aim>> = {
  'keyed-counter drain-10k throughput': atLeast(150_000),
  'keyed-counter drain-1m throughput': atLeast(100_000),
  'keyed-counter latency-1k p50': atMost(8),
  'keyed-counter latency-1k p99': atMost(25),
  'keyed-counter latency-10k p99': atMost(50),
  'keyed-counter latency-50k p99': atMost(150),
  'in-process drain-10k throughput': atLeast(300_000),
  'chain drain throughput': atLeast(50_000),
  'http-call clients-1 p50': atMost(5),
  'http-call clients-256 calls': atLeast(10_000),
  'http-call clients-256 p99': atMost(60),
  'slow-handlers throughput throughput of others': { of: 'ratio', comparison: '≥', number: 0.9 },
  'slow-handlers latency p99 of others': { of: 'ratio', comparison: '≤', number: 1.5 },
  'hot-key drain throughput': atLeast(30_000),
  'state-recovery state-1m memory': atMost(350),
  'state-recovery state-1m recovery': { of: 'ratio', comparison: '≤', number: 3 },
  'state-recovery state-10m recovery': { of: 'ratio', comparison: '≤', number: 3 },
  'idle idle store writes': atMost(0),
  'idle idle store lists': atMost(0),
}

/** The aim of a metric; null where there is none. */
export const aimOf = (workload: string, name: string, metric: string): Aim | null =>
  aims[`${workload} ${name} ${metric}`] ?? null
