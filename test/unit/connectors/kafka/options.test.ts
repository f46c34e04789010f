import { expect, test } from 'vitest'
import { nameOf, resolveKafkaOptions, type KafkaOptions } from '../../../../runtime/connectors/kafka/options.ts'

test('addresses are names, IPv4 or IPv6', () => {
  const { brokers } = resolveKafkaOptions({ brokers: ['kafka-1.local:9092', '10.0.0.1:1', '[::1]:65535'] })
  expect(brokers).toEqual([
    { host: 'kafka-1.local', port: 9092 },
    { host: '10.0.0.1', port: 1 },
    { host: '::1', port: 65535 },
  ])
  expect(brokers.map(nameOf)).toEqual(['kafka-1.local:9092', '10.0.0.1:1', '[::1]:65535'])
})

/** As from a settings file, where types do not hold. */
const sasl = (more: object): KafkaOptions => JSON.parse(JSON.stringify({ brokers: ['a:1'], sasl: more }))

test.each<[string, KafkaOptions]>([
  ['kafka.brokers: name at least one', { brokers: [] }],
  ['kafka.brokers: "localhost" is not host:port', { brokers: ['localhost'] }],
  ['kafka.brokers: "a:0" is not host:port', { brokers: ['a:0'] }],
  ['kafka.brokers: "a:70000" is not host:port', { brokers: ['a:70000'] }],
  ['kafka.brokers: "kafka://a:1" is not host:port', { brokers: ['kafka://a:1'] }],
  ['kafka.requestTimeoutMs: 0 is not', { brokers: ['a:1'], requestTimeoutMs: 0 }],
  ['kafka.connectionTimeoutMs: NaN is not', { brokers: ['a:1'], connectionTimeoutMs: NaN }],
  ['kafka.batchBytesMax: 10 is not', { brokers: ['a:1'], batchBytesMax: 10 }],
  ['kafka.sasl.mechanism: must be', sasl({ mechanism: 'gssapi' })],
  ['kafka.sasl.username: is missing', sasl({ mechanism: 'plain', password: 'x' })],
  ['kafka.sasl.password: is missing', sasl({ mechanism: 'scram-sha-256', username: 'x', password: '' })],
  ['kafka.sasl.oauthBearerProvider: must be a function', sasl({ mechanism: 'oauthbearer' })],
])('%s…', (message, options) => {
  expect(() => resolveKafkaOptions(options)).toThrow(message)
})
