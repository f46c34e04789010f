import { freePorts } from '../../../infra/local/ports.ts'
import { startToxiproxy, type TroubledWay } from '../../../infra/local/toxiproxy.ts'
import { type FlowParts, startFlowParts } from '../exactly-once/flow-parts.ts'
import { type FaultyStore, startFaultyStore } from '../support/faulty-store.ts'
import { type LossyProxy, startLossyProxy } from '../support/lossy-proxy.ts'

/** What stands between coordinators and what they stand on. */
export interface Troubles {
  /** Coordinators' connections to Kafka. */
  readonly kafka: TroubledWay
  /** Coordinators' connections to the store. */
  readonly storage: TroubledWay
  /** Their requests to the store. */
  readonly store: FaultyStore
  /** Their requests to the broker. */
  readonly broker: LossyProxy
}

export interface TroubledParts extends FlowParts {
  readonly troubles: Troubles
}

/** Coordinators reach Kafka and the store through toxiproxy, and behind it through proxies that know the protocols. */
export const startTroubledParts = async (
  seed: string,
  env: Readonly<Record<string, string>> = {},
): Promise<TroubledParts> => {
  const [kafkaPort, brokerPort, storagePort] = await freePorts(3)
  const toxiproxy = await startToxiproxy()
  let troubles: Troubles | undefined
  const options = { seed, faultShare: 0.03, kafka: { faultyVia: { listenPort: kafkaPort! } }, env }
  const parts = await startFlowParts(options, async (kafka, minio) => {
    const broker = await startLossyProxy(brokerPort!, () => kafka.faulty!.upstream)
    const store = await startFaultyStore(minio.endpoint, seed)
    troubles = {
      kafka: await toxiproxy.way('kafka', kafkaPort!, `127.0.0.1:${brokerPort}`),
      storage: await toxiproxy.way('storage', storagePort!, `127.0.0.1:${store.port}`),
      store,
      broker,
    }
    return { brokers: kafka.faulty!.brokers, endpoint: `http://127.0.0.1:${storagePort}` }
  })
  if (!troubles) throw new Error('the proxies were not started')
  const { store, broker } = troubles
  return {
    ...parts,
    troubles,
    stop: async () => {
      await parts.stop()
      await toxiproxy.stop()
      await Promise.all([store.close(), broker.close()])
    },
  }
}
