import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Producer, startProducer } from '../support/producer.ts'
import { echo, type FaultApplication, FaultWorld } from './fault-world.ts'

let world: FaultWorld
beforeAll(async () => {
  world = await FaultWorld.start()
})
afterAll(() => world?.stop())

const texts = (records: readonly { value: unknown }[]): string[] => records.map(({ value }) => String(value)).sort()
const numbered = (what: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${what} ${String(i).padStart(4, '0')}`)

const producing = async (
  settings: Readonly<Record<string, string | number>>,
  act: (producer: Producer) => Promise<void>,
): Promise<void> => {
  const producer = await startProducer(world.kafka.brokers, settings)
  try {
    await act(producer)
  } finally {
    await producer.close()
  }
}

describe('batches compressed by a producer that is not ours', () => {
  test.each(['gzip', 'snappy', 'lz4', 'zstd'])('%s', async (codec) => {
    const app = await world.application(`codec-${codec}`)
    await app.start()
    const values = numbered(`compressed by ${codec}, and long enough for it: ${'la '.repeat(50)}`, 500)
    await producing({ 'compression.type': codec, 'linger.ms': 100 }, async (producer) => {
      producer.write(values.map((value, i) => ({ topic: app.input, key: `k${i % 5}`, value })))
      await producer.flush()
    })
    expect(texts(await app.outputs(values.length))).toEqual(values)
  })
})

describe('keys', () => {
  let app: FaultApplication
  const zeros = new Uint8Array(4)
  const noText = Uint8Array.of(0xff, 0xfe, 0x00)
  beforeAll(async () => {
    app = await world.application('keys')
  })

  test('four zero bytes, bytes that are no text, and an empty key are keys as any other', async () => {
    const { running } = await app.start()
    await producing({}, async (producer) => {
      for (const key of [zeros, noText, new Uint8Array(0), 'text'])
        for (const value of ['first', 'second']) producer.write([{ topic: app.input, key, value }])
      await producer.flush()
    })
    const records = await app.outputs(8)
    const keys = new Map<string, unknown[]>()
    for (const { key, value } of records)
      keys.set(JSON.stringify(key), [...(keys.get(JSON.stringify(key)) ?? []), value])
    const both = ['first', 'second']
    // librdkafka spreads records with an empty key over the partitions, so that theirs have no order.
    keys.get('""')?.sort()
    expect(keys).toEqual(
      new Map([
        [JSON.stringify('\0\0\0\0'), both],
        [JSON.stringify({ base64: Buffer.from(noText).toString('base64') }), both],
        ['""', both],
        ['"text"', both],
      ]),
    )
    const ids = await running.read((shard) =>
      [...shard.actorsOf(shard.table(echo.typename)!)].map(({ id }) => id).sort(),
    )
    expect(ids).toEqual(['', '\0\0\0\0', 'bytes:fffe00', 'text'])
  })

  test('a record without a key, in a route by key, goes to the dead letters, and the next ones go on', async () => {
    await producing({}, async (producer) => {
      producer.write([
        { topic: app.input, partition: 0, key: null, value: 'whose?' },
        { topic: app.input, partition: 0, key: 'text', value: 'third' },
      ])
      await producer.flush()
    })
    const [dead, ...more] = await app.deadLetters(1)
    expect(more).toEqual([])
    expect(dead).toMatchObject({ key: null, value: 'whose?' })
    expect(dead?.headers.join(' ')).toContain('ROUTE_INVALID')
    expect(texts(await app.outputs(9))).toContain('third')
  })
})

test('rule 15: of transactions that overlap, what was committed comes, and what was aborted does not', async () => {
  const app = await world.application('transactions')
  await app.start()
  const [one, two] = await Promise.all(
    ['one', 'two'].map((name) => startProducer(world.kafka.brokers, { 'transactional.id': `${app.name}-${name}` })),
  )
  const write = (producer: Producer | undefined, value: string): void => {
    for (const partition of [0, 1])
      producer?.write([{ topic: app.input, partition, key: new Uint8Array(4), value: `${value} ${partition}` }])
  }
  await one?.begin()
  write(one, 'kept early')
  await one?.flush()
  await two?.begin()
  write(two, 'dropped')
  await two?.flush()
  write(one, 'kept late')
  await two?.abort()
  await two?.begin()
  write(two, 'kept after the drop')
  await one?.commit()
  await one?.begin()
  write(one, 'dropped too')
  await one?.abort()
  await two?.commit()
  await Promise.all([one?.close(), two?.close()])
  await producing({}, async (producer) => {
    write(producer, 'plain')
    await producer.flush()
  })
  const kept = ['kept early', 'kept late', 'kept after the drop', 'plain'].flatMap((text) => [`${text} 0`, `${text} 1`])
  expect(texts(await app.outputs(kept.length))).toEqual(kept.sort())
})
