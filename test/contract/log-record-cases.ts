import { expect, test } from 'vitest'
import { murmur2 } from '../../runtime/model/hash.ts'
import { utf8Decode, utf8Encode } from '../../runtime/model/bytes.ts'
import type { ProducedRecord } from '../../runtime/ports/transactional-log.ts'
import { record, valueOf, type LogHarness } from './log-harness.ts'

const spec = (name: string, partitions: number) => ({
  name,
  partitions,
  replicationFactor: undefined,
  compacted: false,
})

export const recordCases = (current: () => LogHarness): void => {
  test('a topic is created with its partitions, and creating it again changes nothing', async () => {
    const { log, ...harness } = { log: current().log, name: current().name('topic') }
    valueOf(await log.createTopic(spec(harness.name, 3)))
    valueOf(await log.createTopic(spec(harness.name, 5)))
    const counts = valueOf(await log.partitions([harness.name, 'no-such-topic']))
    expect([...counts]).toEqual([[harness.name, 3]])
  })

  test('a compacted topic is created and takes records', async () => {
    const harness = current()
    const name = harness.name('compacted')
    valueOf(await harness.log.createTopic({ ...spec(name, 1), compacted: true }))
    await harness.feed(name, 0, [record('1', 'key')])
    expect(await harness.committedValues(name)).toEqual(['1'])
  })

  test('an empty partition begins and ends at 0', async () => {
    const harness = current()
    const topic = await harness.topic(2)
    for (const at of ['earliest', 'latest', { timestampMs: 5 }] as const) {
      const offsets = valueOf(await harness.log.offsets(topic, [0, 1], at))
      expect([...offsets].sort()).toEqual([
        [0, 0],
        [1, 0],
      ])
    }
  })

  test('offsets by time answer the first record of that time or later, inside a batch too, else the end', async () => {
    const harness = current()
    const topic = await harness.topic()
    const at = (timestampMs: number) => record(`at ${timestampMs}`, null, timestampMs)
    await harness.feed(topic, 0, [at(1_000), at(2_000), at(3_000)])
    await harness.feed(topic, 0, [at(5_000), at(4_000)])
    const query = async (timestampMs: number) => valueOf(await harness.log.offsets(topic, [0], { timestampMs })).get(0)
    expect(await query(1)).toBe(0)
    expect(await query(2_000)).toBe(1)
    expect(await query(2_001)).toBe(2)
    expect(await query(3_500)).toBe(3)
    expect(await query(5_001)).toBe(5)
  })

  test('keys, values, headers and times come back as they were, null and empty told apart', async () => {
    const harness = current()
    const topic = await harness.topic()
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    const written: ProducedRecord[] = [
      { key: null, value: null, headers: [], timestampMs: 1_700_000_000_001 },
      { key: new Uint8Array(0), value: new Uint8Array(0), headers: [], timestampMs: 1_600_000_000_000 },
      { key: bytes, value: bytes, headers: [], timestampMs: 1_700_000_000_003 },
      {
        key: utf8Encode('k'),
        value: utf8Encode('v'),
        headers: [
          ['same', utf8Encode('1')],
          ['ключ', bytes],
          ['same', null],
          ['', new Uint8Array(0)],
        ],
        timestampMs: 0,
      },
    ]
    const producer = await harness.producer()
    for (const one of written) producer.append(topic, 0, one)
    valueOf(await producer.flush())
    valueOf(await producer.end('commit'))
    await harness.feed(topic, 0, written)
    const read = await harness.committed(topic)
    const plain = (one: ProducedRecord) => ({
      key: one.key && Buffer.from(one.key).toString('hex'),
      value: one.value && Buffer.from(one.value).toString('hex'),
      headers: one.headers.map(([name, value]) => [name, value && Buffer.from(value).toString('hex')]),
      timestampMs: one.timestampMs,
    })
    expect(read.map(plain)).toEqual([...written, ...written].map(plain))
    // One offset was taken by the commit.
    expect(read.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 5, 6, 7, 8])
    await producer.close()
  })

  test('rule 15: a committed record whose key is four zero bytes is a record and no control batch', async () => {
    const harness = current()
    const topic = await harness.topic()
    const producer = await harness.producer()
    producer.append(topic, 0, { ...record('zero'), key: new Uint8Array(4) })
    valueOf(await producer.flush())
    valueOf(await producer.end('commit'))
    const { batches } = await harness.batches(topic)
    expect(batches.map(({ control }) => control)).toEqual([undefined, 'commit'])
    expect(await harness.committedValues(topic)).toEqual(['zero'])
  })

  test('a null partition is chosen from the key as Kafka does by default', async () => {
    const harness = current()
    const topic = await harness.topic(7)
    const producer = await harness.producer()
    const keys = ['', 'a', 'anna', 'bob', 'four', '12345678', 'a longer key than the others']
    for (const key of keys) producer.append(topic, null, record(key, key))
    valueOf(await producer.flush())
    valueOf(await producer.end('commit'))
    for (let partition = 0; partition < 7; partition++) {
      const expected = keys.filter((key) => (murmur2(utf8Encode(key)) & 0x7fffffff) % 7 === partition)
      const read = await harness.committed(topic, partition)
      expect(read.map(({ key }) => utf8Decode(key!))).toEqual(expected)
    }
  })

  test('records without key and partition go round all partitions', async () => {
    const harness = current()
    const topic = await harness.topic(3)
    const producer = await harness.producer()
    for (let i = 0; i < 9; i++) producer.append(topic, null, record(`${i}`))
    valueOf(await producer.flush())
    valueOf(await producer.end('commit'))
    for (const partition of [0, 1, 2]) expect(await harness.committed(topic, partition)).toHaveLength(3)
  })

  test('a large flush comes back whole and in order', async () => {
    const harness = current()
    const topic = await harness.topic()
    const producer = await harness.producer()
    const filler = 'x'.repeat(200)
    for (let i = 0; i < 20_000; i++) producer.append(topic, 0, record(`${i} ${filler}`))
    valueOf(await producer.flush())
    valueOf(await producer.end('commit'))
    const read = await harness.committedValues(topic)
    expect(read).toHaveLength(20_000)
    expect(read.every((value, i) => value === `${i} ${filler}`)).toBe(true)
  })

  test('one record of 900,000 bytes is written and read', async () => {
    const harness = current()
    const topic = await harness.topic()
    const producer = await harness.producer()
    producer.append(topic, 0, { ...record(''), value: new Uint8Array(900_000).fill(7) })
    valueOf(await producer.flush())
    valueOf(await producer.end('commit'))
    expect((await harness.committed(topic))[0]?.value?.length).toBe(900_000)
  })

  test('rule 17: a record for a topic that does not exist is rejected and names the topic', async () => {
    const harness = current()
    const producer = await harness.producer()
    producer.append('no-such-topic-at-all', null, record('x'))
    expect(await producer.flush()).toMatchObject({ kind: 'rejected', topic: 'no-such-topic-at-all' })
    await producer.close()
  })

  test('a client whose rights nobody limits may read, write and open producers', async () => {
    const harness = current()
    const topic = await harness.topic(2)
    expect([...valueOf(await harness.log.partitions([topic], ['read', 'write']))]).toEqual([[topic, 2]])
    expect(await harness.log.mayProduce(harness.name('id'))).toEqual({ kind: 'ok', value: undefined })
  })

  test('positions of a group are taken', async () => {
    const harness = current()
    const topic = await harness.topic()
    await harness.feed(topic, 0, [record('1'), record('2')])
    const positions = [{ topic, partition: 0, offset: 1 }]
    expect(await harness.log.commitGroupOffsets(harness.name('group'), positions)).toEqual({
      kind: 'ok',
      value: undefined,
    })
  })
}
