// The raw limit of a durable call: a plain server that writes what has come meanwhile into one object, by one conditional
// PUT after another, and answers after it. It runs no actors.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BenchParts } from '../../parts/bench-parts.ts'
import { storeOf } from '../../parts/store-of.ts'

const parts: BenchParts = JSON.parse(process.env['BENCH_PARTS'] ?? '')
const store = storeOf(parts)
let waiting: { body: Buffer; answer: ServerResponse }[] = []
let objects = 0
let pumping: Promise<void> | undefined

const pump = async (): Promise<void> => {
  while (waiting.length > 0) {
    const taken = waiting
    waiting = []
    const written = await store.putIfAbsent(`bare/${objects++}`, Buffer.concat(taken.map(({ body }) => body)))
    if (written.kind !== 'ok') throw new Error(`a PUT ended with ${written.kind}`)
    for (const { body, answer } of taken)
      answer.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  }
  pumping = undefined
}

const server = createServer((request, answer) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    waiting.push({ body: Buffer.concat(chunks), answer })
    pumping ??= pump()
  })
})
server.listen(0, '127.0.0.1', () => console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.on('SIGTERM', () => process.exit(0))
