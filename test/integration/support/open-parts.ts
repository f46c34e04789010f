import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import type { KafkaOptions } from '../../../runtime/connectors/kafka/options.ts'
import type { ApplicationDefinition } from '../../../runtime/config/definition.ts'
import type { Settings } from '../../../runtime/config/settings.ts'
import type { Parts } from '../../../runtime/coordinator/parts.ts'
import { httpFunctionClient } from '../../../runtime/platform/http-function-client.ts'
import { inProcessFunctionClient } from '../../../runtime/platform/in-process-function-client.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { systemRandom } from '../../../runtime/platform/system-random.ts'
import type { Telemetry } from '../../../runtime/ports/telemetry.ts'
import { parseDiscovery } from '../../../runtime/protocol/discovery.ts'
import { createHandler } from '../../../runtime/sdk/handler.ts'
import { probeStore } from '../../../runtime/storage/probe.ts'
import { s3Store } from '../../../runtime/storage/s3.ts'

export interface OpenParts {
  readonly parts: Parts
  close(): Promise<void>
}

/** The parts that an application file and its settings name: a bucket, probed, and a Kafka. */
export const openParts = async (
  definition: ApplicationDefinition,
  settings: Settings,
  telemetry: Telemetry,
): Promise<OpenParts> => {
  const { storage } = settings
  if (storage.kind !== 's3') throw new Error(`the application's storage is ${storage.kind}: these tests want a bucket`)
  const store = s3Store({ ...storage, region: storage.region ?? 'us-east-1' })
  const clients = new Map(
    definition.functions.map((served) => [
      served.endpoint,
      served.kind === 'inProcess'
        ? inProcessFunctionClient(createHandler(served.implementations))
        : httpFunctionClient({ url: served.endpoint, parseDiscovery, sign: undefined }),
    ]),
  )
  const closeAll = async (): Promise<void> => {
    await Promise.all([store.close(), ...[...clients.values()].map((client) => client.close())])
  }
  try {
    await probeStore(store, systemRandom, systemClock)
    const kafka = await openKafkaLog(kafkaOptions(settings), systemClock)
    return {
      parts: { clock: systemClock, random: systemRandom, store, kafka, clients, telemetry },
      close: async () => {
        await Promise.all([kafka.close(), closeAll()])
      },
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

const kafkaOptions = ({ log }: Settings): KafkaOptions => {
  if (log.kind !== 'kafka') throw new Error("the application's log is embedded: these tests want a Kafka")
  const { brokers, clientId, ssl, sasl, connectionTimeoutMs, requestTimeoutMs } = log
  return {
    brokers,
    clientId,
    ssl: ssl === undefined ? false : { ...ssl, ...(ssl.ca !== undefined ? { ca: [ssl.ca] } : { ca: [] }) },
    ...(sasl && { sasl }),
    connectionTimeoutMs,
    requestTimeoutMs,
  }
}
