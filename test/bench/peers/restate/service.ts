// The counter as a virtual object of Restate, in a process of its own on Node.
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { object, serve, type ObjectContext } from '@restatedev/restate-sdk'
import type { PeerParts } from '../peer.ts'

const parts: PeerParts & { readonly port: number } = JSON.parse(process.env['BENCH_PEER'] ?? '')

// Restate reads from Kafka, but nothing in it writes to Kafka: the handler does that itself, at least once. What handlers want
// to write at the same time goes in one request, since a request for each would measure kafkajs.
const kafka = new Kafka({ clientId: parts.name, brokers: [parts.brokers], logLevel: logLevel.ERROR })
const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner })
interface Waiting {
  readonly message: { readonly key: string; readonly value: string }
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}
let waiting: Waiting[] = []
let sending = false
const pump = async (): Promise<void> => {
  sending = true
  while (waiting.length > 0) {
    const now = waiting
    waiting = []
    try {
      await producer.send({ topic: parts.counts, acks: -1, messages: now.map(({ message }) => message) })
      for (const { done } of now) done()
    } catch (cause) {
      for (const { failed } of now) failed(cause)
    }
  }
  sending = false
}
const emit = (key: string, value: string): Promise<void> =>
  new Promise((done, failed) => {
    waiting.push({ message: { key, value }, done, failed })
    if (!sending) void pump()
  })

const deposit = async (context: ObjectContext, amount: number): Promise<number> => {
  const count = ((await context.get<number>('count')) ?? 0) + amount
  context.set('count', count)
  return count
}

const counter = object({
  name: 'counter',
  handlers: {
    deposit,
    event: async (context: ObjectContext, { key }: { readonly key: string }) => {
      const count = await deposit(context, 1)
      await emit(context.key, JSON.stringify({ key, count }))
    },
  },
})

process.on('SIGTERM', () => process.exit(0))
await producer.connect()
await serve({ services: [counter], port: parts.port })
console.log('ready')
