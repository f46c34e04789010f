/** A part of what every change is measured by. */
export interface QuickPart {
  readonly workload: string
  readonly cases: readonly string[]
  readonly scale: number
  /** Metrics that later runs are held to; all that have a raw limit unless given. The others are printed. */
  readonly held?: readonly string[]
}

/** Their limits take some hundredths of a microsecond: a loud machine makes twice the ratio of them. */
const smallStages = ['decode', 'route', 'request', 'results', 'apply', 'emit', 'window', 'produce']

/** What fits five minutes on two cores: each stage alone, and the whole way at high and at low load. */
export const quick: readonly QuickPart[] = [
  { workload: 'stages', cases: smallStages, scale: 0.1, held: [] },
  { workload: 'stages', cases: ['handler'], scale: 0.1 },
  { workload: 'stages', cases: ['put'], scale: 0.1, held: ['CPU, 10 a batch'] },
  { workload: 'keyed-counter', cases: ['drain-10k'], scale: 0.2 },
  // The p99 of some seconds is a matter of chance.
  { workload: 'keyed-counter', cases: ['latency-1k'], scale: 0.5, held: ['p50'] },
  { workload: 'in-process', cases: ['drain-10k'], scale: 0.2 },
]
