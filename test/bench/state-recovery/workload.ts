import { createBucket } from '../../../infra/local/minio.ts'
import { realParts } from '../../../infra/local/parts.ts'
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import { readAhead } from '../../../runtime/log/read-ahead.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import { s3Store } from '../../../runtime/storage/s3.ts'
import { topicsOf } from '../keyed-counter/application.ts'
import { consume, ok, partitionCount, produce } from '../keyed-counter/load.ts'
import { serveFunctions, startCoordinatorProcess } from '../keyed-counter/processes.ts'
import { row, type Row } from '../row.ts'
import { writeState } from './write-state.ts'

const workload = 'state-recovery'

/** Keys with 100 bytes each. */
export const recoveryCases = { 'state-0': 0, 'state-1m': 1_000_000, 'state-10m': 10_000_000 }
export type RecoveryCase = keyof typeof recoveryCases

/**
 * A coordinator that starts on a bucket with much state: from the start of its process to the first record that comes out,
 * beside the time that reading the same bytes from the same store takes and nothing else.
 */
export const stateRecovery = async (
  names: readonly RecoveryCase[],
  scale: number,
  nodeOptions: readonly string[],
): Promise<Row[]> => {
  const real = await realParts()
  const functions = await serveFunctions(new URL('functions.worker.ts', import.meta.url))
  const log = await openKafkaLog({ brokers: [real.kafka.brokers] }, systemClock)
  try {
    const rows: Row[] = []
    for (const caseName of names) {
      const name = `${caseName}-${Date.now().toString(36)}`
      const { events, counts, dead } = topicsOf(name)
      for (const topic of [events, counts, dead])
        ok(await log.createTopic({ name: topic, partitions: partitionCount, replicationFactor: 1, compacted: false }))
      await createBucket(real.s3, name)
      const { endpoint, accessKey, secretKey } = real.s3
      const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
      const at = { bucket: name, prefix: '', region: 'us-east-1', endpoint, pathStyle: true, credentials }
      const store = s3Store({ ...at, requestTimeoutMs: 60_000 })
      await writeState(store, name, recoveryCases[caseName] * scale)
      await produce(log, events, 1, 1)
      const raw = await readingSeconds(store)
      const parts = { name, brokers: real.kafka.brokers, s3: { endpoint, accessKey, secretKey }, bucket: name }
      const startedMs = performance.now()
      const coordinator = startCoordinatorProcess(
        { ...parts, handlerUrl: functions.url, application: 'profiles' },
        ...['--max-old-space-size=14000', ...nodeOptions],
      )
      let seen = 0
      await Promise.all([
        coordinator,
        consume(
          log,
          counts,
          (records) => (seen += records.length),
          () => seen > 0,
        ),
      ])
      const seconds = (performance.now() - startedMs) / 1_000
      await (await coordinator).stop()
      rows.push(row(workload, caseName, 'recovery', 's', seconds, raw))
      await store.close()
    }
    return rows
  } finally {
    await log.close()
    await functions.close()
    await real.stop()
  }
}

const readingSeconds = async (store: ObjectStore): Promise<number> => {
  const objects: { key: string; bytes: number }[] = []
  for await (const { key, size } of store.list('')) objects.push({ key, bytes: size })
  const startedMs = performance.now()
  let bytes = 0
  for await (const object of readAhead(objects, ({ key }) => store.get(key))) bytes += object?.bytes.length ?? 0
  if (bytes === 0) throw new Error('there is nothing to recover')
  return (performance.now() - startedMs) / 1_000
}
