import { type ApiCall } from './kafkajs-cluster.ts'

// The requests that are spoken and in which version: the newest before flexible encoding. All are there since Kafka 2.4
// and still in Kafka 4.
const api = (key: number, version: number, name: string): ApiCall => ({ key, version, name })

export const apis = {
  produce: api(0, 8, 'Produce'),
  fetch: api(1, 11, 'Fetch'),
  listOffsets: api(2, 2, 'ListOffsets'),
  metadata: api(3, 8, 'Metadata'),
  offsetCommit: api(8, 5, 'OffsetCommit'),
  findCoordinator: api(10, 1, 'FindCoordinator'),
  createTopics: api(19, 4, 'CreateTopics'),
  initProducerId: api(22, 1, 'InitProducerId'),
  addPartitionsToTxn: api(24, 1, 'AddPartitionsToTxn'),
  endTxn: api(26, 1, 'EndTxn'),
} as const
