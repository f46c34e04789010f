// The counter as a StateFun function, with StateFun's own SDK, in a process of its own on Node.
import { createServer } from 'node:http'
import { kafkaEgressMessage, StateFun } from 'apache-flink-statefun'
import type { PeerParts } from '../peer.ts'

const parts: PeerParts & { readonly port: number } = JSON.parse(process.env['BENCH_PEER'] ?? '')
const event = StateFun.jsonType<{ readonly key: string }>('bench/event')
const functions = new StateFun()
functions.bind({
  typename: 'bench/counter',
  specs: [{ name: 'count', type: StateFun.intType() }],
  fn: (context, message) => {
    const { key } = message.as(event)
    const count = (context.storage['count'] ?? 0) + 1
    context.storage['count'] = count
    const value = JSON.stringify({ key, count })
    context.send(kafkaEgressMessage({ typename: 'bench/counts', topic: parts.counts, key: context.self.id, value }))
  },
})
process.on('SIGTERM', () => process.exit(0))
const server = createServer(functions.handler())
// Flink keeps idle connections for 15 s and meets a reset where the server has closed one before.
server.keepAliveTimeout = 60_000
// It opens up to 1024 connections at once, and Node's default lets 511 wait.
server.listen({ port: parts.port, host: '127.0.0.1', backlog: 4_096 }, () => console.log('ready'))
