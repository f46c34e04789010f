import type { LogServer } from '../../../runtime/connectors/memory/log-server.ts'
import type { LogOutcome } from '../../../runtime/ports/transactional-log.ts'
import type { Dice } from '../engine/dice.ts'
import type { Network, Request } from '../engine/network.ts'
import type { SimProcess } from '../engine/process.ts'
import type { Broker } from './broker.ts'

const again = (cause: Error): LogOutcome<never> => ({ kind: 'retriable', cause })
const inDoubt = (cause: Error): LogOutcome<never> => ({ kind: 'ambiguous', cause })

/** The requests of one process to the cluster: what changes nothing may be asked again, the rest is in doubt. */
export const remoteBroker = (broker: Broker, network: Network, process: SimProcess, dice: Dice): LogServer => {
  const request = (verb: string, about: string, writes: boolean): Request => ({
    server: 'kafka',
    verb,
    about,
    writes,
    meanMs: 2,
  })
  return {
    partitions: (topics) =>
      network.call(
        process,
        request('metadata', topics.join(' '), false),
        () => broker.engine.partitions(topics),
        again,
      ),
    createTopic: (topic) =>
      network.call(
        process,
        request('create-topic', topic.name, true),
        () => broker.change(() => broker.engine.createTopic(topic)),
        again,
      ),
    offsets: (topic, partitions, at) =>
      network.call(
        process,
        request('offsets', topic, false),
        () => broker.engine.offsets(topic, partitions, at),
        again,
      ),
    read: (positions, bounds) => {
      const about = positions.map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`).join(' ')
      return network.call(process, request('fetch', about, false), () => broker.read(positions, bounds), again)
    },
    initProducer: (id, timeoutMs) =>
      network.call(process, request('init-producer', id, true), () => broker.initProducer(id, timeoutMs), inDoubt),
    produce: (lease, batches) => {
      const about = batches.map(({ topic, partition, count }) => `${topic}/${partition}+${count}`).join(' ')
      // Partitions have leaders of their own: where the answer is lost, some of them may have written and others not.
      const torn = batches.filter(() => dice.chance(0.7))
      return network.call(
        process,
        request('produce', `${lease.transactionalId} ${about}`, true),
        (fate) => broker.produce(lease, fate === 'landed' || fate === 'late' ? torn : batches),
        inDoubt,
      )
    },
    end: (lease, decision) =>
      network.call(
        process,
        request('end', `${lease.transactionalId} ${decision}`, true),
        () => broker.end(lease, decision),
        inDoubt,
      ),
    commitGroupOffsets: (group, positions) =>
      network.call(
        process,
        request('commit-offsets', group, true),
        () => broker.engine.commitGroupOffsets(group, positions),
        again,
      ),
    onAdvance: (listener) => broker.onAdvance((topics) => process.deliver(() => listener(topics))),
  }
}
