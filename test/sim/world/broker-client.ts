import { ServedLog } from '../../../runtime/connectors/memory/served-log.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import type { Dice } from '../engine/dice.ts'
import type { Network } from '../engine/network.ts'
import type { SimProcess } from '../engine/process.ts'
import type { Broker } from './broker.ts'
import { remoteBroker } from './remote-broker.ts'

/** Kafka as one process reaches it: the port of the memory log, over a network that fails. */
export const brokerClient = (broker: Broker, network: Network, process: SimProcess, dice: Dice): TransactionalLog => {
  const log = new ServedLog(remoteBroker(broker, network, process, dice), process.clock)
  return {
    partitions: log.partitions,
    createTopic: log.createTopic,
    offsets: log.offsets,
    mayProduce: log.mayProduce,
    commitGroupOffsets: log.commitGroupOffsets,
    producer: (id, timeoutMs) => log.producer(id, timeoutMs),
    close: () => log.close(),
    fetch: async (reader, positions, bounds) => {
      const fetched = await log.fetch(reader, positions, bounds)
      // A partition whose leader is moving is told to come again.
      if (fetched.kind !== 'ok' || network.calm || !dice.chance(0.02)) return fetched
      const moving = dice.whole(0, fetched.value.length - 1)
      return {
        kind: 'ok',
        value: fetched.value.map((each, i) =>
          i === moving ? { ...each, status: 'retry' as const, batches: [] } : each,
        ),
      }
    },
  }
}
