import type { LogRecord } from '../../../runtime/model/record.ts'
import type { Bench } from './bench.ts'
import { topicsOf, type BenchParts } from './bench-parts.ts'
import { consumeWatched } from './consume.ts'
import { pause } from './pause.ts'
import { cpuMs, residentMib } from './process-usage.ts'
import { run, startCoordinatorProcess } from './processes.ts'
import type { RequestCounts } from './request-counts.ts'
import { TopicGrowth } from './topic-growth.ts'

/** Events a second of the raw limit: the first `count` records of the run's events through a bare loop. */
export const bareLoop = async (parts: BenchParts, count: number): Promise<number> => {
  const { events: from } = topicsOf(parts.name)
  const loop = { brokers: parts.brokers, from, to: `${parts.name}-bare`, count }
  const child = run(new URL('bare-loop.ts', import.meta.url), { BENCH_LOOP: JSON.stringify(loop) })
  const { eventsPerSecond } = JSON.parse(await child.line('{')) as { eventsPerSecond: number }
  await pause(1_000)
  return eventsPerSecond
}

export interface Drained {
  readonly seconds: number
  /** Of the coordinator, all its threads together. */
  readonly cpuSeconds: number
  /** MiB that the coordinator has in RAM in the end. */
  readonly resident: number
  /** What the coordinator asked of others meanwhile; where its parts are `counted`. */
  readonly requests: RequestCounts | undefined
}

/** Between two looks at what has come out: each costs the broker two requests. */
const lookMs = 50

/**
 * Measures from a coordinator's open intake until `count` of its records are committed in Kafka; `counts` tells which of
 * them count, undefined: all, and then there may be no more. All are read once they are there, which is not measured.
 */
export const drained = async (
  bench: Bench,
  coordinator: URL,
  parts: BenchParts,
  count: number,
  counts?: (record: LogRecord) => boolean,
): Promise<Drained> => {
  const { counts: topic } = topicsOf(parts.name)
  const child = await startCoordinatorProcess(coordinator, parts, ...bench.nodeOptions)
  const { pid = 0 } = child.process
  const cpuBeforeMs = await cpuMs(pid)
  const startedMs = performance.now()
  const growth = new TopicGrowth(bench.log, topic)
  const look = async (): Promise<number> => {
    const records = await growth.look()
    await pause(lookMs)
    return records
  }
  // What ends transactions counts too, so this only says when to look closely.
  while ((await look()) < count);
  let seen = 0
  const last = new Map<number, number>()
  const take = (records: readonly LogRecord[], partition: number): void => {
    const counted = counts ? records.filter(counts) : records
    seen += counted.length
    const offset = counted.at(-1)?.offset
    if (offset !== undefined) last.set(partition, offset)
  }
  await consumeWatched(bench.log, topic, take, () => seen >= count, look)
  const endedMs = Math.max(...[...last].map(([partition, offset]) => growth.endedAtMs(partition, offset)))
  const seconds = (endedMs - startedMs) / 1_000
  const cpuSeconds = ((await cpuMs(pid)) - cpuBeforeMs) / 1_000
  const resident = await residentMib(pid)
  const requests = parts.counted === true ? await child.counts() : undefined
  await child.stop()
  if (seen !== count) throw new Error(`${parts.name}: ${seen} records came out for ${count} events`)
  return { seconds, cpuSeconds, resident, requests }
}
