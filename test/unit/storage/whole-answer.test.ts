import { createServer, type RequestListener, type Server } from 'node:http'
import { once } from 'node:events'
import { Pool } from 'undici'
import { afterEach, expect, test } from 'vitest'
import { ManualClock } from '../../../runtime/platform/manual-clock.ts'
import { wholeAnswer } from '../../../runtime/storage/whole-answer.ts'

let server: Server
let pool: Pool
let clock: ManualClock
afterEach(async () => {
  await pool.destroy()
  server.close()
})

const open = async (listener: RequestListener): Promise<void> => {
  clock = new ManualClock()
  server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  pool = new Pool(`http://127.0.0.1:${address.port}`, { connections: 1 })
}
const put = (path = '/a') => wholeAnswer(pool, { method: 'PUT', path, body: Buffer.from('x') }, clock, 1_000)

test('an answer has its status and headers, and of an error the beginning of its body', async () => {
  await open((request, response) => {
    request.resume()
    response.writeHead(request.url === '/a' ? 200 : 503, { etag: '"1"' }).end('<Code>SlowDown</Code>'.padEnd(200_000))
  })
  const success = await put()
  expect(success).toMatchObject({ statusCode: 200, text: '' })
  expect(success.headers['etag']).toBe('"1"')
  const failure = await put('/b')
  expect(failure.statusCode).toBe(503)
  expect(failure.text.startsWith('<Code>SlowDown</Code>')).toBe(true)
  expect(failure.text.length).toBeLessThan(150_000)
  expect(clock.nextDueMs()).toBeUndefined()
})

test('an answer that does not end in time is given up, and so is its connection', async () => {
  let closed = (): void => {}
  const closing = new Promise<void>((resolve) => (closed = resolve))
  await open((request, response) => {
    response.writeHead(200, { etag: '"1"', 'content-length': '10' }).write('half')
    request.socket.on('close', () => closed())
  })
  const answer = put()
  await once(server, 'request')
  clock.advance(1_000)
  await expect(answer).rejects.toThrow('no whole answer in 1000 ms')
  await closing
})

test('a request that got no connection in time is not sent any more', async () => {
  const asked: (string | undefined)[] = []
  const answers: (() => void)[] = []
  await open((request, response) => {
    asked.push(request.url)
    request.resume()
    answers.push(() => response.end())
  })
  const first = wholeAnswer(pool, { method: 'PUT', path: '/first', body: Buffer.from('x') }, clock, 5_000)
  const late = put('/late')
  await once(server, 'request')
  clock.advance(1_000)
  await expect(late).rejects.toThrow('no whole answer')
  answers[0]?.()
  await first
  const next = put('/next')
  await once(server, 'request')
  answers[1]?.()
  await next
  expect(asked).toEqual(['/first', '/next'])
})

test('a connection that breaks rejects, and leaves no deadline behind', async () => {
  await open((request) => request.socket.destroy())
  await expect(put()).rejects.toThrow()
  expect(clock.nextDueMs()).toBeUndefined()
})
