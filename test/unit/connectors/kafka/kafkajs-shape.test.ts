import { expect, test, vi } from 'vitest'
import { KafkajsCluster } from '../../../../runtime/connectors/kafka/kafkajs-cluster.ts'
import { resolveKafkaOptions } from '../../../../runtime/connectors/kafka/options.ts'
import { ManualClock } from '../../../../runtime/platform/manual-clock.ts'

const inside = vi.hoisted(() => ({ cluster: undefined as unknown }))
vi.mock('kafkajs', () => ({
  logLevel: { NOTHING: 0, ERROR: 1, WARN: 2, INFO: 4, DEBUG: 5 },
  Kafka: class {
    constructor() {
      Reflect.set(this, Symbol('private:Kafka:createCluster'), () => inside.cluster)
    }
  },
}))

const open = () => new KafkajsCluster(resolveKafkaOptions({ brokers: ['a:1'] }), new ManualClock())

test.each([
  ['nothing', undefined],
  ['a cluster without a pool', { rootLogger: {}, connectionPoolBuilder: { build: () => {} } }],
  ['a pool that makes no brokers', { rootLogger: {}, connectionPoolBuilder: { build: () => {} }, brokerPool: {} }],
])('another kafkajs is refused at start and the right one named: %s', (_, cluster) => {
  inside.cluster = cluster
  expect(open).toThrow('kafkajs is not 2.2.4 (its cluster has another shape): install kafkajs@2.2.4')
})

test('brokers and connections of another shape are refused before they are used', async () => {
  const broker = { connect: () => {}, versions: {}, connectionPool: { pool: [{}] } }
  inside.cluster = {
    rootLogger: {},
    connectionPoolBuilder: { build: () => Promise.resolve({}) },
    brokerPool: { createBroker: () => broker },
  }
  await expect(open().connect({ host: 'a', port: 1 })).rejects.toThrow('its broker has another shape')
})
