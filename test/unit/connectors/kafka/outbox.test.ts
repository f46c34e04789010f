import { expect, test } from 'vitest'
import { Outbox, TopicMemory } from '../../../../runtime/connectors/kafka/outbox.ts'
import { partitionOf } from '../../../../runtime/model/key-group.ts'
import { type ProducedRecord } from '../../../../runtime/ports/transactional-log.ts'
import { read, sample, stamp } from './batch-samples.ts'

const open = (counts: Map<string, number>) => {
  const memories = new Map<string, TopicMemory>()
  const memoryOf = (topic: string) => {
    const memory = memories.get(topic) ?? new TopicMemory(1_000_000)
    memories.set(topic, memory)
    return memory
  }
  return { outbox: new Outbox((topic) => counts.get(topic), memoryOf), memoryOf }
}

const contents = (outbox: Outbox) =>
  Object.fromEntries(
    outbox.outgoing().map(({ topic, partition, writer }) => [
      `${topic}/${partition}`,
      read(writer.finish(stamp)[0]!.bytes)[0]!
        .records()
        .map(({ value }) => Buffer.from(value!).toString()),
    ]),
  )

const keyed = (key: string, value: string): ProducedRecord => ({ ...sample(value), key: Buffer.from(key) })

test("records go by key as Kafka's default, by turns without one, or where they are told", () => {
  const { outbox } = open(new Map([['t', 3]]))
  outbox.append('t', null, sample('turn 0'))
  outbox.append('t', null, sample('turn 1'))
  outbox.append('t', 2, sample('told'))
  const byKey = partitionOf(Buffer.from('anna'), 3)
  outbox.append('t', null, keyed('anna', 'by key'))
  const expected: Record<string, string[]> = { 't/0': ['turn 0'], 't/1': ['turn 1'], 't/2': ['told'] }
  expected[`t/${byKey}`]!.push('by key')
  expect(contents(outbox)).toEqual(expected)
})

test('turns go on from one session to the next', () => {
  const counts = new Map([['t', 2]])
  const { outbox, memoryOf } = open(counts)
  outbox.append('t', null, sample('first'))
  const next = new Outbox((topic) => counts.get(topic), memoryOf)
  next.append('t', null, sample('second'))
  expect(contents(next)).toEqual({ 't/1': ['second'] })
})

test('records of a topic not yet known wait in their order, whatever becomes of the bytes they were given in', () => {
  const counts = new Map<string, number>()
  const { outbox } = open(counts)
  const bytes = Buffer.from('before')
  outbox.append('t', 0, { ...sample(''), value: bytes })
  bytes.fill('x')
  counts.set('t', 1)
  outbox.append('t', null, sample('after'))
  expect(outbox.unsettledTopics).toEqual(['t'])
  expect(outbox.settle()).toBeUndefined()
  expect(contents(outbox)).toEqual({ 't/0': ['before', 'after'] })
})

test('what cannot be placed is named and stays', () => {
  const counts = new Map([['t', 1]])
  const { outbox } = open(counts)
  outbox.append('t', 4, sample('beyond'))
  expect(outbox.settle()).toMatchObject({ topic: 't', partition: 4 })
  counts.set('t', 5)
  expect(outbox.settle()).toBeUndefined()
  expect(contents(outbox)).toEqual({ 't/4': ['beyond'] })
})

test('what was sent is forgotten, and the buffer takes the next', () => {
  const { outbox } = open(new Map([['t', 1]]))
  outbox.append('t', 0, sample('sent'))
  outbox.sent()
  expect(outbox.empty).toBe(true)
  outbox.append('t', 0, sample('next'))
  expect(contents(outbox)).toEqual({ 't/0': ['next'] })
})

test('where the next records will go is told before they come, and nothing is placed by asking', () => {
  const { outbox } = open(new Map([['t', 5]]))
  outbox.append('t', null, sample('turn 0'))
  const upcoming = [
    { topic: 't', partition: null, key: null },
    { topic: 't', partition: 4, key: null },
    { topic: 't', partition: null, key: null },
    { topic: 'unknown', partition: 0, key: null },
    { topic: 't', partition: null, key: Buffer.from('anna') },
  ]
  const asked = () => {
    const { places, more } = outbox.placesOf(upcoming, 5)
    expect(more).toBe(false)
    return [...places].map(({ partition }) => partition)
  }
  const expected = [...new Set([1, 4, 2, partitionOf(Buffer.from('anna'), 5)])]
  expect(asked()).toEqual(expected)
  expect(asked()).toEqual(expected)
  expect(Object.keys(contents(outbox))).toEqual(['t/0'])
  for (const { partition, key } of upcoming.filter(({ topic }) => topic === 't'))
    outbox.append('t', partition, { ...sample('came'), key })
  expect(
    outbox
      .outgoing()
      .map(({ partition }) => partition)
      .sort(),
  ).toEqual([0, ...expected].sort())
})

test('of many records some are looked at, and the rest is told of', () => {
  const { outbox } = open(new Map([['t', 3]]))
  const upcoming = [0, 1, 2].map((partition) => ({ topic: 't', partition, key: null }))
  const { places, more } = outbox.placesOf(upcoming, 2)
  expect([...places].map(({ partition }) => partition)).toEqual([0, 1])
  expect(more).toBe(true)
  expect(outbox.placesOf(upcoming, 3).more).toBe(false)
})
