// So many clients in one process, each with a connection of its own and one call after another. They speak HTTP by
// themselves: a client library takes more of the machine than the server that is measured.
import { connect } from 'node:net'
import { quantile } from '../../row.ts'
import { answerLength } from './answer-length.ts'

const { url, path, clients, warmUpMs, measuredMs } = JSON.parse(process.env['BENCH_CLIENTS'] ?? '') as {
  url: string
  /** Of account N where it has {}. */
  path: string
  clients: number
  warmUpMs: number
  measuredMs: number
}
const accounts = 10_000
const { hostname, port } = new URL(url)
const requests = Array.from({ length: accounts }, (_, n) =>
  Buffer.from(
    `POST ${path.replace('{}', `account-${n}`)} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 1\r\n\r\n1',
  ),
)
const beginMs = performance.now() + warmUpMs
const endMs = beginMs + measuredMs
const latencies: number[] = []
let called = 0

const client = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    let sentMs = 0
    let held: Buffer = Buffer.alloc(0)
    const call = (): void => {
      sentMs = performance.now()
      socket.write(requests[(called++ * 7919) % accounts]!)
    }
    socket.on('connect', call)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed a connection')))
    socket.on('data', (data: Buffer) => {
      held = held.length === 0 ? data : Buffer.concat([held, data])
      const length = answerLength(held)
      if (length === undefined) return
      const status = held.toString('latin1', 9, 12)
      if (status !== '200') return reject(new Error(`a call was answered with ${held.toString('latin1')}`))
      held = held.subarray(length)
      const nowMs = performance.now()
      if (sentMs >= beginMs && nowMs < endMs) latencies.push(nowMs - sentMs)
      if (nowMs < endMs) return call()
      socket.removeAllListeners('close')
      socket.end()
      resolve()
    })
  })

await Promise.all(Array.from({ length: clients }, client))
const figures = {
  callsPerSecond: latencies.length / (measuredMs / 1_000),
  p50: quantile(latencies, 0.5),
  p99: quantile(latencies, 0.99),
}
console.log(JSON.stringify(figures))
