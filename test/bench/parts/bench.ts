import { createBucket } from '../../../infra/local/minio.ts'
import { realParts, type RealParts } from '../../../infra/local/parts.ts'
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import type { Row } from '../row.ts'
import { topicsOf, type BenchParts } from './bench-parts.ts'
import { partitionCount } from './consume.ts'
import { ok } from './ok.ts'
import { pause } from './pause.ts'
import { withProcesses } from './processes.ts'
import { serveFunctions } from './serve-functions.ts'
import { settleDisks } from './settle-disks.ts'
import { warmBroker } from './warm-broker.ts'

/** How a run was asked for. */
export interface RunOptions {
  /** Of the work; 1 is what the figures of the docs were taken with. */
  readonly scale: number
  /** For the coordinator's process. */
  readonly nodeOptions: readonly string[]
  /** Whether the bytes that an event allocates are measured too, where a workload can. */
  readonly allocations?: boolean
}

/** Something to measure, by the name it has on the command line. */
export interface Workload {
  readonly cases: readonly string[]
  /** Not run unless it is named: it fetches other systems. */
  readonly byNameAlone?: boolean
  /** Runs these of its cases, one after another. */
  run(cases: readonly string[], options: RunOptions): Promise<Row[]>
}

/** What the cases of a workload share: one Kafka, one MinIO and one workerd, everything on this machine. */
export interface Bench extends RunOptions {
  readonly real: RealParts
  readonly log: TransactionalLog
  /** Where `worker` is served; empty where the workload has none. */
  readonly handlerUrl: string
}

/** A workload whose cases run on real parts. `worker` is the file that serves its functions. */
export const onRealParts = (
  worker: URL | undefined,
  cases: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>>,
): Workload => ({
  cases: Object.keys(cases),
  run: async (names, options) => {
    const real = await realParts({ heapMb: 1_024 })
    const functions = worker && (await serveFunctions(worker))
    const log = await openKafkaLog({ brokers: [real.kafka.brokers] }, systemClock)
    try {
      await warmBroker(log, options.scale)
      const rows: Row[] = []
      for (const name of names) {
        const bench: Bench = { ...options, real, log, handlerUrl: functions?.url ?? '' }
        try {
          rows.push(...(await withProcesses(async () => (await cases[name]?.(bench)) ?? [])))
        } catch (error) {
          // The figures of hours should not be lost with one case.
          console.error(`${name} failed`, error)
          process.exitCode = 1
        }
        await pause(2_000)
      }
      return rows
    } finally {
      await log.close()
      await functions?.close()
      await real.stop()
    }
  },
})

/** Makes what a run of its own needs: topics and a bucket that nothing has been in. */
export const prepare = async (
  { real, log, handlerUrl }: Bench,
  caseName: string,
  partitions = partitionCount,
): Promise<BenchParts> => {
  const name = `${caseName}-${Date.now().toString(36)}`
  const { events, counts, dead } = topicsOf(name)
  for (const topic of [events, counts, dead, `${name}-bare`])
    ok(await log.createTopic({ name: topic, partitions, replicationFactor: 1, compacted: false }))
  await createBucket(real.s3, name)
  await settleDisks()
  const { endpoint, accessKey, secretKey } = real.s3
  return { name, brokers: real.kafka.brokers, s3: { endpoint, accessKey, secretKey }, bucket: name, handlerUrl }
}
