import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProducer } from '../support/producer.ts'
import { type Flaw, startBrokenS3 } from '../support/broken-s3.ts'
import { type FaultApplication, FaultWorld } from './fault-world.ts'

let world: FaultWorld
let app: FaultApplication
beforeAll(async () => {
  world = await FaultWorld.start()
  app = await world.application('starting')
})
afterAll(() => world?.stop())

type Env = Readonly<Record<string, string>>
const refusal = async (env: Env, of = app): Promise<unknown> =>
  of.start(env).then(
    () => 'it started',
    (error: unknown) => error,
  )

describe('a start that cannot succeed says why and what to do', () => {
  test('a bucket that is not there', async () => {
    expect(await refusal({ MILLRACE_STORAGE_BUCKET: 'no-such-bucket' })).toMatchObject({
      code: 'STORE_UNSUITABLE',
      message: expect.stringMatching(/bucket no-such-bucket does not exist .*storage\.bucket/),
    })
  })

  test('a secret that is wrong', async () => {
    expect(await refusal({ MILLRACE_STORAGE_CREDENTIALS_SECRET_ACCESS_KEY: 'wrong' })).toMatchObject({
      code: 'STORE_FORBIDDEN',
      message: expect.stringContaining('check storage.credentials'),
    })
  })

  test.each<Flaw>(['ignores-conditions', 'checks-then-writes'])('rule 30: a store that %s', async (flaw) => {
    const broken = await startBrokenS3(flaw)
    try {
      expect(await refusal({ MILLRACE_STORAGE_ENDPOINT: broken.endpoint })).toMatchObject({
        code: 'STORE_UNSUITABLE',
        message: expect.stringMatching(/conditional writes .* take a store that has them/),
      })
    } finally {
      await broken.close()
    }
  })

  test('a store that does not answer', async () => {
    expect(await refusal({ MILLRACE_STORAGE_ENDPOINT: 'http://127.0.0.1:1' })).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    })
  })

  test.each(['input', 'output', 'dead'] as const)('a topic that is not there: %s', async (which) => {
    const lacking = await world.application(`without-${which}`)
    await world.admin.deleteTopics({ topics: [lacking[which]] })
    expect(await refusal({}, lacking)).toMatchObject({
      code: 'LOG_TOPIC_MISSING',
      message: expect.stringContaining(lacking[which]),
    })
  })

  test('a password that the broker refuses', async () => {
    const { scramBrokers, username } = world.kafka.secure!
    const refused = await refusal({
      MILLRACE_KAFKA_BROKERS: scramBrokers,
      MILLRACE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
      MILLRACE_KAFKA_SASL_USERNAME: username,
      MILLRACE_KAFKA_SASL_PASSWORD: 'wrong',
    })
    expect(refused).toMatchObject({ code: 'LOG_FORBIDDEN', message: expect.stringContaining('kafka.sasl') })
  })

  test('a certificate of an authority that nobody named', async () => {
    expect(
      await refusal({ MILLRACE_KAFKA_BROKERS: world.kafka.secure!.tlsBrokers, MILLRACE_KAFKA_SSL: 'true' }),
    ).toMatchObject({ code: 'LOG_FORBIDDEN', message: expect.stringContaining('kafka.ssl.ca') })
  })

  test('a broker that is not there', async () => {
    expect(await refusal({ MILLRACE_KAFKA_BROKERS: '127.0.0.1:1' })).toMatchObject({
      code: 'LOG_UNAVAILABLE',
      message: expect.stringMatching(/127\.0\.0\.1:1 .*kafka\.brokers/),
    })
  })
})

test('with the right password, and with the right authority, it starts', async () => {
  const { scramBrokers, username, password, tlsBrokers, caFile } = world.kafka.secure!
  const secured = await world.application('secured')
  await secured.stop(
    await secured.start({
      MILLRACE_KAFKA_BROKERS: scramBrokers,
      MILLRACE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
      MILLRACE_KAFKA_SASL_USERNAME: username,
      MILLRACE_KAFKA_SASL_PASSWORD: password,
    }),
  )
  const ca = await readFile(caFile, 'utf8')
  await secured.stop(
    await secured.start({ MILLRACE_KAFKA_BROKERS: tlsBrokers, MILLRACE_KAFKA_SSL: 'true', MILLRACE_KAFKA_SSL_CA: ca }),
  )
})

describe('two coordinators of one application', () => {
  test.each([
    ['has the wrong secret', { MILLRACE_STORAGE_CREDENTIALS_SECRET_ACCESS_KEY: 'wrong' }],
    ['finds no broker', { MILLRACE_KAFKA_BROKERS: '127.0.0.1:1' }],
  ])('a second start that %s leaves the first one at work', async (what, env) => {
    const twice = await world.application(`elder-${what.replaceAll(' ', '-')}`)
    const elder = await twice.start()
    expect(await refusal(env, twice)).toBeInstanceOf(Error)
    await feed(twice, 20)
    expect(await twice.outputs(20)).toHaveLength(20)
    expect(await elder.running.isStillOurs()).toBe(true)
  })

  test('a second start that misses a topic leaves the first one at work', async () => {
    const twice = await world.application('elder-topic')
    const elder = await twice.start()
    await world.admin.deleteTopics({ topics: [twice.dead] })
    expect(await refusal({}, twice)).toMatchObject({ code: 'LOG_TOPIC_MISSING' })
    await feed(twice, 20)
    expect(await twice.outputs(20)).toHaveLength(20)
    expect(await elder.running.isStillOurs()).toBe(true)
  })

  test('a second start that succeeds fences the first one, and nothing is lost or doubled', async () => {
    const twice = await world.application('fenced')
    const elder = await twice.start()
    await feed(twice, 500)
    const next = await twice.start()
    await feed(twice, 500, 500)
    expect(await elder.running.ended).toBe('fenced')
    const values = (await twice.outputs(1_000)).map(({ value }) => String(value))
    expect(values).toHaveLength(1_000)
    expect(new Set(values).size).toBe(1_000)
    expect(await next.running.isStillOurs()).toBe(true)
  })
})

const feed = async (to: FaultApplication, count: number, from = 0): Promise<void> => {
  const producer = await startProducer(world.kafka.brokers)
  producer.write(
    Array.from({ length: count }, (_, i) => ({ topic: to.input, key: `k${i % 7}`, value: `v${from + i}` })),
  )
  expect(await producer.flush()).toBe(count)
  await producer.close()
}
