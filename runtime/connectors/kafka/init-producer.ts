import { sleep } from '../../ports/clock.ts'
import { apis } from './apis.ts'
import { type BrokerLinks } from './broker-links.ts'
import { ask, type KafkaCluster } from './kafka-cluster.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { type BrokerAddress } from './options.ts'
import { failureOf, kafkaCodes } from './outcomes.ts'
import { decodeInitProducerId, encodeInitProducerId, type ProducerIdentity } from './transaction-codec.ts'

const pauseMsMin = 5
const pauseMsMax = 200

export interface InitializedProducer {
  readonly who: ProducerIdentity
  readonly coordinator: BrokerAddress
}

/**
 * InitProducerId. Asking again is harmless here, and needed: a transaction left open by an earlier producer is aborted
 * first, and the coordinator may be moving. Throws a KafkaFailure.
 */
export const initProducer = async (
  cluster: KafkaCluster,
  links: BrokerLinks,
  transactionalId: string,
  timeoutMs: number,
): Promise<InitializedProducer> => {
  const { clock, settings } = cluster
  const giveUpAtMs = clock.monotonic() + settings.requestTimeoutMs
  for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
    try {
      return await initOnce(cluster, links, transactionalId, timeoutMs)
    } catch (error) {
      const again = error instanceof KafkaFailure && error.verdict === 'retriable'
      if (!again || clock.monotonic() + pauseMs > giveUpAtMs) throw error
      await sleep(clock, pauseMs)
    }
  }
}

const initOnce = async (
  cluster: KafkaCluster,
  links: BrokerLinks,
  transactionalId: string,
  timeoutMs: number,
): Promise<InitializedProducer> => {
  const coordinator = await cluster.coordinator('transaction', transactionalId)
  const link = await links.to(coordinator)
  const answer = await ask(link, apis.initProducerId, encodeInitProducerId(transactionalId, timeoutMs))
  const { errorCode, producerId, producerEpoch } = decodeInitProducerId(answer)
  if (errorCode !== kafkaCodes.none) throw failureOf(errorCode, `a producer of transactional id ${transactionalId}`)
  return { who: { transactionalId, producerId, producerEpoch }, coordinator }
}
