import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningKafka, startKafka } from '../../../infra/local/kafka.ts'
import { type KafkaOptions, type KafkaSasl } from '../../../runtime/connectors/kafka/options.ts'
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { LogHarness, record, valueOf } from '../../contract/log-harness.ts'

let kafka: RunningKafka
let ca: string
beforeAll(async () => {
  kafka = await startKafka({ heapMb: 512, secure: true })
  ca = await readFile(kafka.secure!.caFile, 'utf8')
})
afterAll(() => kafka?.stop())

const open = (options: KafkaOptions) => openKafkaLog({ connectionTimeoutMs: 3_000, ...options }, systemClock)
const writesAndReads = async (options: KafkaOptions): Promise<void> => {
  const log = await open(options)
  const harness = new LogHarness({ log, feed: async () => {}, dispose: async () => {} })
  const topic = await harness.topic()
  const producer = await harness.producer()
  producer.append(topic, 0, record('secret', null, Date.now()))
  valueOf(await producer.flush())
  valueOf(await producer.end('commit'))
  expect((await harness.fetchOne(topic, 0)).batches[0]!.records()).toHaveLength(1)
  await log.close()
}

describe('SASL', () => {
  const sasl = (mechanism: 'scram-sha-256' | 'scram-sha-512', password?: string): KafkaSasl => ({
    mechanism,
    username: kafka.secure!.username,
    password: password ?? kafka.secure!.password,
  })

  test.each(['scram-sha-256', 'scram-sha-512'] as const)('writes and reads after a login by %s', async (mechanism) => {
    await writesAndReads({ brokers: [kafka.secure!.scramBrokers], sasl: sasl(mechanism) })
  })

  test('a wrong password is forbidden, and the message names broker and setting', async () => {
    const opening = open({ brokers: [kafka.secure!.scramBrokers], sasl: sasl('scram-sha-512', 'wrong') })
    await expect(opening).rejects.toMatchObject({ name: 'MillraceError', code: 'LOG_FORBIDDEN' })
    await expect(opening).rejects.toThrow(`${kafka.secure!.scramBrokers} refuses the credentials; mend kafka.sasl`)
  })

  test('a mechanism that the broker has not is forbidden', async () => {
    const plain: KafkaSasl = { mechanism: 'plain', username: 'a', password: 'b' }
    const opening = open({ brokers: [kafka.secure!.scramBrokers], sasl: plain })
    await expect(opening).rejects.toMatchObject({ code: 'LOG_FORBIDDEN' })
  })

  test('a client that does not log in is told that no broker can be used', async () => {
    const opening = open({ brokers: [kafka.secure!.scramBrokers] })
    await expect(opening).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
  })
})

describe('TLS', () => {
  test('writes and reads with the certificate authority given', async () => {
    await writesAndReads({ brokers: [kafka.secure!.tlsBrokers], ssl: { ca: [ca] } })
  })

  test('an unknown authority is forbidden, and the message names the setting', async () => {
    const opening = open({ brokers: [kafka.secure!.tlsBrokers], ssl: true })
    await expect(opening).rejects.toMatchObject({ code: 'LOG_FORBIDDEN' })
    await expect(opening).rejects.toThrow(/certificate that is not trusted; mend kafka.ssl.ca/)
  })

  test('plain text to a TLS listener, and TLS to a plain one, name the setting', async () => {
    const plain = open({ brokers: [kafka.secure!.tlsBrokers] })
    await expect(plain).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    await expect(plain).rejects.toThrow('kafka.ssl where the listener wants TLS')
    const tls = open({ brokers: [kafka.brokers], ssl: true })
    await expect(tls).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
  })
})

test('where no one listens every broker is named, and the next one is tried', async () => {
  const opening = open({ brokers: ['127.0.0.1:1', '127.0.0.1:2'] })
  await expect(opening).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
  await expect(opening).rejects.toThrow('no Kafka broker of 127.0.0.1:1, 127.0.0.1:2 can be used')
  await writesAndReads({ brokers: ['127.0.0.1:1', kafka.brokers] })
})

test('what kafkajs would log goes to the hook', async () => {
  const told: string[] = []
  await expect(open({ brokers: ['127.0.0.1:1'], onLog: (_, message) => told.push(message) })).rejects.toThrow()
  expect(told.join(' ')).toContain('ECONNREFUSED')
})
