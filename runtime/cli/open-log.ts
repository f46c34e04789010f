import { join } from 'node:path'
import type { KafkaLogSettings, LogSettings } from '../config/settings.ts'
import { openEmbeddedLog } from '../connectors/embedded/embedded-log.ts'
import { openKafkaLog } from '../connectors/kafka/open-kafka-log.ts'
import type { KafkaOptions } from '../connectors/kafka/options.ts'
import { systemClock } from '../platform/system-clock.ts'
import type { EventLog } from '../ports/telemetry.ts'
import type { TransactionalLog } from '../ports/transactional-log.ts'

/** Connects to Kafka, or opens the embedded log's file. */
export const openLog = (settings: LogSettings, log: EventLog): Promise<TransactionalLog> =>
  settings.kind === 'kafka'
    ? openKafkaLog(kafkaOptions(settings, log), systemClock)
    : openEmbeddedLog({ file: join(settings.directory, 'log.sqlite'), clock: systemClock })

const kafkaOptions = (settings: KafkaLogSettings, log: EventLog): KafkaOptions => {
  const { brokers, clientId, ssl, sasl, requestTimeoutMs, connectionTimeoutMs } = settings
  return {
    brokers,
    clientId,
    requestTimeoutMs,
    connectionTimeoutMs,
    ...(sasl && { sasl }),
    ...(ssl && { ssl: tlsOf(ssl) }),
    // A broker that goes away is an event here as well; what it means is told by whoever meets the failure.
    onLog: (level, message) => log[level === 'error' ? 'warn' : 'debug']('kafka-client', message),
  }
}

const tlsOf = ({ ca, cert, key }: NonNullable<KafkaLogSettings['ssl']>): NonNullable<KafkaOptions['ssl']> =>
  ca === undefined && cert === undefined
    ? true
    : { ...(ca !== undefined && { ca: [ca] }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) }
