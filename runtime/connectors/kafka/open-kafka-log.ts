import { MillraceError } from '../../model/errors.ts'
import { type Clock } from '../../ports/clock.ts'
import { type TransactionalLog } from '../../ports/transactional-log.ts'
import { apis } from './apis.ts'
import { KafkaCluster } from './kafka-cluster.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { KafkaLog } from './kafka-log.ts'
import { type KafkaConnection } from './kafkajs-cluster.ts'
import { resolveKafkaOptions, type KafkaOptions } from './options.ts'

/** Every broker must speak the versions that are used: Kafka 2.4 and later do. */
const checkVersions = (link: KafkaConnection): void => {
  for (const { key, version, name } of Object.values(apis)) {
    const spoken = link.versions(key)
    if (spoken !== undefined && spoken.minVersion <= version && version <= spoken.maxVersion) continue
    const told = spoken === undefined ? 'none' : `${spoken.minVersion} to ${spoken.maxVersion}`
    throw new MillraceError(
      'UNSUPPORTED_PLATFORM',
      `Kafka broker ${link.broker} speaks ${name} in versions ${told}, Millrace in ${version}: use Kafka 2.4 or later`,
    )
  }
}

const advised = (error: KafkaFailure): string =>
  error.code === 'LOG_FORBIDDEN'
    ? error.message
    : `${error.message}; start Kafka or mend kafka.brokers, and kafka.ssl where the listener wants TLS`

/**
 * Connects to Kafka. Throws a MillraceError: SETTING_INVALID for options that cannot be, LOG_UNAVAILABLE where no broker
 * answers, LOG_FORBIDDEN for refused credentials or an unknown certificate, UNSUPPORTED_PLATFORM for a Kafka that is too
 * old.
 *
 * @example
 * const log = await openKafkaLog({ brokers: ['localhost:9092'] }, systemClock)
 */
export const openKafkaLog = async (options: KafkaOptions, clock: Clock): Promise<TransactionalLog> => {
  const cluster = new KafkaCluster(resolveKafkaOptions(options), clock)
  try {
    checkVersions(await cluster.anyBroker())
    await cluster.refresh([])
    return new KafkaLog(cluster)
  } catch (error) {
    await cluster.close()
    if (error instanceof KafkaFailure) throw new MillraceError(error.code, advised(error), { cause: error })
    throw error
  }
}
