import { bareLoop, drained } from '../../parts/drain.ts'
import { onRealParts, prepare, type Bench, type RunOptions, type Workload } from '../../parts/bench.ts'
import { topicsOf, type BenchParts } from '../../parts/bench-parts.ts'
import { partitionCount } from '../../parts/consume.ts'
import type { Load } from '../../parts/event.ts'
import { produce } from '../../parts/produce.ts'
import { scaled } from '../../parts/scaled.ts'
import { row, type Row } from '../../row.ts'
import { dimensions, type Point } from './dimensions.ts'
import { writePlots } from './plots.ts'

const workload = 'scaling'
const counter = new URL('../keyed-counter/coordinator.ts', import.meta.url)
const manyCounters = new URL('coordinator.ts', import.meta.url)

interface Shape {
  readonly coordinator: URL
  readonly load: Load
  readonly partitions: number
  readonly parts?: Pick<BenchParts, 'functions'>
}

/** The counter as all cases have it that are not about this. */
const plain = { coordinator: counter, load: { keys: 10_000 }, partitions: partitionCount }

/** Events a second, with the bare loop's as limit, and what the coordinator has in memory when it has drained them. */
const measure = async (bench: Bench, { case: name, events }: Point, shape: Shape): Promise<Row[]> => {
  const { coordinator, load, partitions } = shape
  const count = scaled(events, bench.scale)
  const parts = { ...(await prepare(bench, `${workload}-${name}`, partitions)), ...shape.parts }
  await produce(bench.log, topicsOf(parts.name).events, count, load)
  const limit = await bareLoop(parts, count)
  const nodeOptions = ['--max-old-space-size=14000', ...bench.nodeOptions]
  const { seconds, resident } = await drained({ ...bench, nodeOptions }, coordinator, parts, count)
  return [
    row(workload, name, 'throughput', 'events/s', count / seconds, limit),
    row(workload, name, 'memory', 'MiB', resident),
  ]
}

const casesOf = (
  { points }: { readonly points: readonly Point[] },
  shapeOf: (x: number, scale: number) => Shape,
): [string, (bench: Bench) => Promise<Row[]>][] =>
  points.map((point) => [point.case, (bench) => measure(bench, point, shapeOf(point.x, bench.scale))])

const measured = onRealParts(
  new URL('functions.worker.ts', import.meta.url),
  Object.fromEntries([
    ...casesOf(dimensions.keys, (x, scale) => ({ ...plain, load: { keys: Math.ceil(x * scale) } })),
    ...casesOf(dimensions.functions, (functions) => ({ ...plain, coordinator: manyCounters, parts: { functions } })),
    ...casesOf(dimensions.partitions, (partitions) => ({ ...plain, partitions })),
    ...casesOf(dimensions.records, (bytes) => ({ ...plain, load: { keys: 10_000, bytes } })),
  ]),
)

/** The counter with more and more of everything; plots what was measured of each dimension. */
export const scaling: Workload = {
  cases: measured.cases,
  run: async (cases, options: RunOptions) => {
    const rows = await measured.run(cases, options)
    await writePlots(rows, options.scale)
    return rows
  },
}
