import { functionClients } from '../../../runtime/cli/function-clients.ts'
import { openHttp } from '../../../runtime/cli/open-http.ts'
import { compile, resolveSettings, type ApplicationDefinition } from '../../../runtime/config/index.ts'
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import type { RunningCoordinator } from '../../../runtime/coordinator/running.ts'
import { startCoordinator } from '../../../runtime/coordinator/start.ts'
import { eventLog } from '../../../runtime/platform/event-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { systemRandom } from '../../../runtime/platform/system-random.ts'
import { prometheusTelemetry } from '../../../runtime/platform/telemetry.ts'
import { keepObjectsYoung, startedSmall } from '../../../runtime/platform/young-objects.ts'
import { s3Store } from '../../../runtime/storage/s3.ts'
import type { BenchParts } from './bench-parts.ts'
import { RequestCounter } from './count-requests.ts'

/**
 * The coordinator of a bench run, in a process of its own: prints `ready` and its URL once intake is open, drains on
 * SIGTERM, and answers any message with its RequestCounts where it is asked to count. It is put together as `millrace start` does it.
 */
export const runCoordinator = async (applicationOf: (parts: BenchParts) => ApplicationDefinition): Promise<void> => {
  keepObjectsYoung()
  const parts: BenchParts = JSON.parse(process.env['BENCH_PARTS'] ?? '')
  const definition = applicationOf(parts)
  const { settings } = resolveSettings(definition, {})
  if (settings.log.kind !== 'kafka' || settings.storage.kind !== 's3') throw new Error('the bench runs on real parts')
  const counter = parts.counted === true ? new RequestCounter() : undefined
  const onRequest = counter && { onRequest: counter.onKafkaRequest }
  const kafka = await openKafkaLog({ brokers: settings.log.brokers, ...onRequest }, systemClock)
  const s3 = s3Store({ ...settings.storage, region: settings.storage.region ?? 'us-east-1' }, systemClock)
  const store = counter ? counter.countedStore(s3) : s3
  const clients = new Map(
    [...functionClients(definition.functions, settings.signingKeys)].map(([name, client]) => [
      name,
      counter && 'invoke' in client ? counter.countedClient(client) : client,
    ]),
  )
  const telemetry = prometheusTelemetry(eventLog({ level: 'warn', format: 'lines' }))
  const started: { running?: RunningCoordinator } = {}
  const http = await openHttp(settings, telemetry, () => started.running)
  const running = await startedSmall(() =>
    startCoordinator(
      compile(definition, settings.limits),
      { ...settings, createApplication: true },
      { clock: systemClock, random: systemRandom, store, kafka, clients, telemetry },
    ),
  )
  started.running = running
  process.on('SIGTERM', () => running.drain())
  if (counter) process.on('message', () => process.send?.(counter.counts))
  console.log(`ready ${http.url}`)
  console.log(await running.ended)
  if (process.env['BENCH_METRICS']) console.log(await telemetry.scrape())
  await http.close(1_000)
  for (const client of clients.values()) await client.close()
  await kafka.close()
  await store.close()
  if (counter) process.disconnect()
}
