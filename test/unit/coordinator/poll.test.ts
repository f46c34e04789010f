import { afterEach, expect, test } from 'vitest'
import { memoryLog } from '../../../runtime/connectors/memory/memory-log.ts'
import { Poller } from '../../../runtime/coordinator/poll.ts'
import { ManualClock } from '../../../runtime/platform/manual-clock.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { record, valueOf } from '../../contract/log-harness.ts'

const topic = 'events'
let poller: Poller
afterEach(() => poller.stop())

interface Asked {
  readonly partitions: readonly number[]
  readonly maxWaitMs: number
}

/** Polls two partitions, of which the first has so many records that nobody takes; answers the first two fetches. */
const twoFetches = async (records: number): Promise<Asked[]> => {
  const clock = new ManualClock()
  const log = memoryLog(clock, {})
  valueOf(await log.createTopic({ name: topic, partitions: 2, replicationFactor: undefined, compacted: false }))
  const producer = valueOf(await log.producer('feed', 60_000))
  for (let i = 0; i < records; i++) producer.append(topic, 0, record(`${i}`))
  valueOf(await producer.flush())
  valueOf(await producer.end('commit'))
  const asked: Asked[] = []
  let second = (): void => {}
  const twice = new Promise<void>((resolve) => (second = resolve))
  const watched = new Proxy(log, {
    get: (target, name) =>
      name === 'fetch'
        ? (...[reader, positions, bounds]: Parameters<TransactionalLog['fetch']>) => {
            asked.push({ partitions: positions.map(({ partition }) => partition), maxWaitMs: bounds.maxWaitMs })
            if (asked.length === 2) second()
            return target.fetch(reader, positions, bounds)
          }
        : Reflect.get(target, name).bind(target),
  })
  poller = new Poller(
    watched,
    clock,
    () => {},
    (event) => expect.fail(event),
  )
  for (const partition of [0, 1]) poller.add({ ingress: 'events', topic, partition }, 0)
  void poller.run()
  await twice
  return asked
}

test('a fetch of all partitions may wait, though records that were read have not been taken yet', async () => {
  const both = { partitions: [0, 1], maxWaitMs: 500 }
  expect(await twoFetches(10)).toEqual([both, both])
})

test('while a partition has enough, a fetch of the others waits for a few milliseconds alone', async () => {
  const [, second] = await twoFetches(5_000)
  expect(second).toEqual({ partitions: [1], maxWaitMs: 5 })
})
