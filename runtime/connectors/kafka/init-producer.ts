import { apis } from './apis.ts'
import { type BrokerLinks } from './broker-links.ts'
import { ask, type KafkaCluster } from './kafka-cluster.ts'
import { type BrokerAddress } from './options.ts'
import { failureOf, kafkaCodes } from './outcomes.ts'
import { decodeInitProducerId, encodeInitProducerId, type ProducerIdentity } from './transaction-codec.ts'
import { untilSettled } from './until-settled.ts'

export interface InitializedProducer {
  readonly who: ProducerIdentity
  readonly coordinator: BrokerAddress
}

/**
 * InitProducerId. Asking again is harmless here, and needed: a transaction left open by an earlier producer is aborted
 * first, and the coordinator may be moving. Throws a KafkaFailure.
 */
export const initProducer = (
  cluster: KafkaCluster,
  links: BrokerLinks,
  transactionalId: string,
  timeoutMs: number,
): Promise<InitializedProducer> =>
  untilSettled(cluster.clock, cluster.settings.requestTimeoutMs, () =>
    initOnce(cluster, links, transactionalId, timeoutMs),
  )

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
