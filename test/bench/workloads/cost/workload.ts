import { onRealParts, prepare, type Bench } from '../../parts/bench.ts'
import { eventsIn, paced, type Pace } from '../../parts/pace.ts'
import { pause } from '../../parts/pause.ts'
import { childNamed, cpuMs } from '../../parts/process-usage.ts'
import { startCoordinatorProcess } from '../../parts/processes.ts'
import { requestsBetween, type RequestCounts } from '../../parts/request-counts.ts'
import { row, type Row } from '../../row.ts'
import { costsOf, type Costs } from './costs.ts'

const workload = 'cost'
const counter = new URL('../keyed-counter/', import.meta.url)
const rate = 1_000
const platforms: Readonly<Record<string, (costs: Costs) => number>> = {
  'Lambda and S3': ({ lambda, s3 }) => lambda + s3,
  'Workers and S3': ({ workers, s3 }) => workers + s3,
}

interface Usage {
  readonly atMs: number
  readonly counts: RequestCounts
  readonly handlerCpuMs: number
}

/** Dollars for a million events at 1,000 a second, and for an hour of none, where windows close at this interval. */
const cost = async (bench: Bench, minIntervalMs: number): Promise<Row[]> => {
  const name = `window-${minIntervalMs}ms`
  const parts = { ...(await prepare(bench, `cost-${minIntervalMs}`)), counted: true, minIntervalMs }
  const worker = await childNamed('workerd', process.pid)
  if (worker === undefined) throw new Error('there is no workerd to measure')
  const child = await startCoordinatorProcess(new URL('coordinator.ts', counter), parts, ...bench.nodeOptions)
  const usage = async (): Promise<Usage> => ({
    atMs: performance.now(),
    counts: await child.counts(),
    handlerCpuMs: await cpuMs(worker),
  })
  const between = (from: Usage, to: Usage): Costs =>
    costsOf(requestsBetween(from.counts, to.counts), to.handlerCpuMs - from.handlerCpuMs)
  const pace: Pace = { rate, warmUpSeconds: 5, seconds: 20 * bench.scale, load: { keys: 10_000 } }
  const feeding = paced(bench, parts, pace)
  await pause(pace.warmUpSeconds * 1_000)
  const busyFrom = await usage()
  await feeding
  const busyTo = await usage()
  // The windows of the last events are not those of an idle hour.
  await pause(5_000)
  const idleFrom = await usage()
  await pause(60_000 * Math.max(0.1, Math.min(1, bench.scale)))
  const idleTo = await usage()
  await child.stop()
  const busy = between(busyFrom, busyTo)
  const idle = between(idleFrom, idleTo)
  const events = eventsIn(pace) - rate * pace.warmUpSeconds
  const hours = (idleTo.atMs - idleFrom.atMs) / 3_600_000
  return Object.entries(platforms).flatMap(([platform, of]) => [
    row(workload, name, `${platform}, a million events`, '$', (of(busy) / events) * 1e6),
    row(workload, name, `${platform}, an idle hour`, '$', of(idle) / hours),
  ])
}

export const costOfRequests = onRealParts(new URL('functions.worker.ts', counter), {
  'window-5ms': (bench) => cost(bench, 5),
  'window-100ms': (bench) => cost(bench, 100),
  'window-1000ms': (bench) => cost(bench, 1_000),
})
