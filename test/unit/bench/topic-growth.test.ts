import { expect, it } from 'vitest'
import { memoryLog } from '../../../runtime/connectors/memory/memory-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { TopicGrowth } from '../../bench/parts/topic-growth.ts'

const record = { key: null, value: new Uint8Array(1), headers: [], timestampMs: 0 }

const watched = async () => {
  const log = memoryLog(systemClock)
  await log.createTopic({ name: 'out', partitions: 2, replicationFactor: undefined, compacted: false })
  let now = 0
  const growth = new TopicGrowth(log.connect(), 'out', () => now)
  const lookAt = (ms: number): Promise<number> => ((now = ms), growth.look())
  return { log, growth, lookAt }
}

it('tells when a topic had how many records', async () => {
  const { log, growth, lookAt } = await watched()
  expect(await lookAt(10)).toBe(0)
  log.appendBatch('out', 0, [record, record])
  expect(await lookAt(20)).toBe(2)
  expect(await lookAt(30)).toBe(2)
  log.appendBatch('out', 1, [record])
  await lookAt(40)
  expect([1, 2, 3].map((count) => growth.withRecords(count).atMs)).toEqual([20, 20, 40])
  expect(growth.latest).toMatchObject({ atMs: 40, records: 3 })
})

it('tells when a record was followed by what ends its transaction', async () => {
  const { log, growth, lookAt } = await watched()
  log.appendBatch('out', 0, [record])
  await lookAt(10)
  expect(() => growth.endedAtMs(0, 0)).toThrow('no look at out found an end beyond offset 0 of partition 0')
  log.appendBatch('out', 0, [record])
  log.appendBatch('out', 1, [record, record, record])
  await lookAt(20)
  expect(growth.endedAtMs(0, 0)).toBe(20)
  expect(growth.endedAtMs(1, 1)).toBe(20)
})
