import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { answerLength } from '../../../bench/workloads/http-call/answer-length.ts'
import { eventually } from '../world.ts'
import { httpWorld, type HttpWorldOptions } from './http-world.ts'

// Messages as bytes on a connection: what a client library would never send, or would hide.
const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

const open = async (options?: HttpWorldOptions) => {
  const world = await httpWorld(options)
  const sockets: Socket[] = []
  cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy()
    world.release()
    world.running.drain()
    await world.running.ended
    await world.server.close()
  })
  const dial = async () => {
    const socket = connect(world.server.port, '127.0.0.1')
    sockets.push(socket)
    await once(socket, 'connect')
    return connection(socket)
  }
  return { ...world, dial }
}

/** What is said on a connection, and the answers in their order. */
const connection = (socket: Socket) => {
  let held = Buffer.alloc(0)
  socket.on('data', (data: Buffer) => (held = Buffer.concat([held, data])))
  const ended = once(socket, 'close')
  const next = (): Promise<{ status: number; head: string; body: string }> =>
    eventually(() => {
      const length = answerLength(held)
      if (length === undefined) return undefined
      const [head = '', body = ''] = held.toString('utf8', 0, length).split('\r\n\r\n')
      held = held.subarray(length)
      return { status: Number(head.slice(9, 12)), head: head.toLowerCase(), body }
    })
  return { socket, ended, next, say: (text: string) => socket.write(text) }
}

const head = (target: string, headers = '', method = 'POST'): string =>
  `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`
const json = 'Content-Type: application/json\r\n'
const deposit = (id: string, amount: number): string =>
  `${head(`/call/bank/account/${id}/deposit`, `${json}Content-Length: ${String(amount).length}\r\n`)}${amount}`
const none = 'Content-Length: 0\r\n'
const balance = (id: string): string => head(`/call/bank/account/${id}/balance`, none)
const flag = (id: string): string => `${head(`/call/bank/account/${id}/flag`, `${json}Content-Length: 4\r\n`)}true`
const hang = (id: string): string => head(`/call/bank/account/${id}/hang`, none)

describe('one connection', () => {
  test('serves one call after another, and other requests in between', async () => {
    const { dial } = await open()
    const { say, next } = await dial()
    for (let i = 1; i <= 3; i++) {
      say(deposit('bob', 5))
      expect(await next()).toMatchObject({ status: 200, body: 'null' })
      say(head('/health', '', 'GET'))
      expect((await next()).body).toBe('{"status":"alive"}')
      say(balance('bob'))
      const answer = await next()
      expect(answer).toMatchObject({ status: 200, body: String(5 * i) })
      expect(answer.head).toContain('content-length: ')
      expect(answer.head).toContain('cache-control: no-store')
      expect(answer.head).toContain('x-content-type-options: nosniff')
    }
  })

  test('answers pipelined calls in their order, whichever is done first', async () => {
    const { dial, release, running } = await open()
    const { say, next } = await dial()
    say(hang('slow') + deposit('bob', 7) + flag('ann'))
    await eventually(() => running.endpoints[0]?.messagesInFlight === 3)
    release()
    expect([await next(), await next(), await next()].map(({ body }) => body)).toEqual(['1', 'null', 'false'])
  })

  test('goes on after an error', async () => {
    const { dial } = await open()
    const { say, next } = await dial()
    say(`${head('/call/bank/account/bob/nothing', none)}${balance('bob')}`)
    expect((await next()).status).toBe(404)
    expect(await next()).toMatchObject({ status: 200, body: '0' })
  })

  test('is closed after the answer where the client asks for that', async () => {
    const { dial } = await open()
    const { say, next, ended } = await dial()
    say(head('/call/bank/account/bob/balance', `Connection: close\r\n${none}`))
    expect((await next()).status).toBe(200)
    await ended
  })
})

describe('a body', () => {
  const chunkedHead = head('/call/bank/account/bob/deposit', `${json}Transfer-Encoding: chunked\r\n`)

  test('may come in chunks, and in as many pieces as it likes', async () => {
    const { dial } = await open()
    const { say, next } = await dial()
    for (const piece of [chunkedHead, '1\r\n4\r', '\n1\r\n2\r\n', '0\r\n', '\r\n']) {
      say(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await next()).toMatchObject({ status: 200, body: 'null' })
    say(balance('bob'))
    expect((await next()).body).toBe('42')
  })

  test('is waited for when the client asks whether to send it', async () => {
    const { dial } = await open()
    const { say, next } = await dial()
    say(head('/call/bank/account/bob/deposit', `${json}Expect: 100-continue\r\nContent-Length: 1\r\n`))
    expect((await next()).status).toBe(100)
    say('5')
    expect((await next()).status).toBe(200)
  })

  test('without end is 413 at the bound; what still comes is dropped, and the connection closed', async () => {
    const { dial } = await open({ limits: { httpBodyBytesMax: 1_000 } })
    const { say, next, ended, socket } = await dial()
    socket.on('error', () => undefined)
    const chunk = `190\r\n${'x'.repeat(400)}\r\n`
    say(chunkedHead + chunk + chunk + chunk)
    expect(JSON.parse((await next()).body)).toMatchObject({ code: 'LIMIT_EXCEEDED' })
    say(chunk)
    await ended
  })

  test('that is too large to begin with is refused before it comes', async () => {
    const { dial } = await open({ limits: { httpBodyBytesMax: 1_000 } })
    const { say, next } = await dial()
    say(head('/call/bank/account/bob/echo', `${json}Content-Length: 1001\r\n`))
    expect((await next()).status).toBe(413)
  })

  test('counts against the bytes of all that are being received, until it has come or broken off', async () => {
    const { dial } = await open({ limits: { pendingBytesMax: 1_000 } })
    const bytes = 'Content-Type: application/octet-stream\r\nContent-Length: 900\r\n'
    const begin = `${head('/call/bank/account/bob/echo', bytes)}${'x'.repeat(800)}`
    const first = await dial()
    first.say(begin)
    await eventually(async () => {
      const { say, next } = await dial()
      say(begin)
      return (await Promise.race([next(), pause()]))?.status === 429
    })
    first.socket.destroy()
    await eventually(async () => {
      const { say, next } = await dial()
      say(begin + 'x'.repeat(100))
      return (await next()).status === 200
    })
  })

  test('that breaks off is no message, and its request is over', async () => {
    const { dial } = await open({ limits: { httpRequestsMax: 1 } })
    const broken = await dial()
    broken.say(`${head('/call/bank/account/bob/deposit', `${json}Content-Length: 2\r\n`)}5`)
    const { say, next } = await dial()
    await eventually(async () => {
      say(balance('bob'))
      return (await next()).status === 429
    })
    broken.socket.destroy()
    const after = await eventually(async () => {
      say(balance('bob'))
      const answer = await next()
      return answer.status === 200 ? answer : undefined
    })
    expect(after.body).toBe('0')
  })

  test('that breaks off behind calls on the same connection ends its request too', async () => {
    const { dial, release, running } = await open({ limits: { httpRequestsMax: 3 } })
    const broken = await dial()
    broken.say(
      `${hang('slow')}${hang('slower')}${head('/call/bank/account/bob/deposit', `${json}Content-Length: 2\r\n`)}5`,
    )
    await eventually(() => running.endpoints[0]?.messagesInFlight === 2)
    broken.socket.destroy()
    const { say, next } = await dial()
    await eventually(async () => {
      say(balance('a') + balance('b') + balance('c'))
      // All are under way at once.
      const answers = [await next(), await next(), await next()]
      return answers.every(({ status }) => status === 200)
    })
    release()
  })
})

describe('a request line', () => {
  test('may have an origin, as proxies write it, and a query', async () => {
    const { dial } = await open()
    const { say, next } = await dial()
    say(head('http://localhost/call/bank/account/a%2Fb/balance?x=/y', none))
    expect(await next()).toMatchObject({ status: 200, body: '0' })
  })

  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND'])('%s of a message is 405', async (method) => {
    const { dial } = await open()
    const { say, next } = await dial()
    say(head('/call/bank/account/bob/balance', method === 'HEAD' ? 'Connection: close\r\n' : none, method))
    const answer = await next()
    expect(answer.status).toBe(405)
    expect(answer.head).toContain('allow: post')
    expect(answer.head).not.toContain('access-control')
  })

  test.each(['/calls/bank/account/bob/balance', '/sendx', '/'])('POST %s is no message', async (target) => {
    const { dial } = await open()
    const { say, next } = await dial()
    say(head(target, none))
    expect(JSON.parse((await next()).body)).toMatchObject({ message: `there is no POST ${target}` })
  })

  test.each(['/call', '/send?x', '/call/'])('POST %s is told how messages are written', async (target) => {
    const { dial } = await open()
    const { say, next } = await dial()
    say(head(target, none))
    expect(JSON.parse((await next()).body)).toMatchObject({ message: expect.stringContaining('<id>/<message>') })
  })
})

test('a request is refused before its body has come where it may not ask', async () => {
  const { dial } = await open({ app: { bindHost: '0.0.0.0', token: 'correct-horse-battery' } })
  const { say, next } = await dial()
  say(head('/call/bank/account/bob/deposit', `${json}Content-Length: 1\r\n`))
  const refused = await next()
  expect(refused.status).toBe(401)
  expect(refused.head).toContain('www-authenticate: bearer')
  // The rest of it is no request of its own.
  say(`5${head('/call/bank/account/bob/balance', `Authorization: Bearer correct-horse-battery\r\n${none}`)}`)
  expect(await next()).toMatchObject({ status: 200, body: '0' })
})

test('a large reply comes whole', async () => {
  const { dial } = await open()
  const { say, next } = await dial()
  const text = 'ä'.repeat(50_000)
  const body = JSON.stringify({ n: 1, text })
  say(`${head('/call/bank/account/bob/whole', `${json}Content-Length: ${Buffer.byteLength(body)}\r\n`)}${body}`)
  expect((await next()).body).toBe('{"twice":2}')
  const bytes = 'x'.repeat(100_000)
  const asked = 'Content-Type: application/octet-stream\r\nContent-Length: 100000\r\n'
  say(`${head('/call/bank/account/bob/echo', asked)}${bytes}`)
  expect((await next()).body).toBe(bytes)
})

const pause = (): Promise<undefined> => new Promise((resolve) => setTimeout(() => resolve(undefined), 50))
