// The coordinator of a bench run, in a process of its own: prints `ready` once intake is open, drains on SIGTERM.
import { compile, resolveSettings } from '../../../runtime/config/index.ts'
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import { startCoordinator } from '../../../runtime/coordinator/start.ts'
import { eventLog } from '../../../runtime/platform/event-log.ts'
import { httpFunctionClient } from '../../../runtime/platform/http-function-client.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { systemRandom } from '../../../runtime/platform/system-random.ts'
import { prometheusTelemetry } from '../../../runtime/platform/telemetry.ts'
import { parseDiscovery } from '../../../runtime/protocol/discovery.ts'
import { s3Store } from '../../../runtime/storage/s3.ts'
import { benchApplication, type BenchParts } from './application.ts'

const parts: BenchParts = JSON.parse(process.env['BENCH_PARTS'] ?? '')
const definition = benchApplication(parts)
const { settings } = resolveSettings(definition, {})
const topology = compile(definition, settings.limits)
if (settings.log.kind !== 'kafka' || settings.storage.kind !== 's3') throw new Error('the bench runs on real parts')
const kafka = await openKafkaLog({ brokers: settings.log.brokers }, systemClock)
const store = s3Store({ ...settings.storage, region: settings.storage.region ?? 'us-east-1' })
const clients = new Map(
  topology.bindings.map(({ endpoint: url }) => [url, httpFunctionClient({ url, parseDiscovery, sign: undefined })]),
)
const telemetry = prometheusTelemetry(eventLog({ level: 'warn', format: 'lines' }))
const running = await startCoordinator(
  topology,
  { ...settings, createApplication: true },
  { clock: systemClock, random: systemRandom, store, kafka, clients, telemetry },
)
process.on('SIGTERM', () => running.drain())
console.log('ready')
console.log(await running.ended)
if (process.env['BENCH_METRICS']) console.log(await telemetry.scrape())
for (const client of clients.values()) await client.close()
await kafka.close()
await store.close()
