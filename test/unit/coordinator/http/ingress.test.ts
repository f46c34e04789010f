import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { int } from 'millrace'
import { asBuffer } from '../../../../runtime/protocol/as-buffer.ts'
import { eventually } from '../world.ts'
import { httpWorld, type HttpWorldOptions } from './http-world.ts'

type World = Awaited<ReturnType<typeof httpWorld>>
const worlds: World[] = []
const open = async (options?: HttpWorldOptions): Promise<World> => {
  const world = await httpWorld(options)
  worlds.push(world)
  return world
}
afterEach(async () => {
  for (const world of worlds.splice(0)) {
    world.release()
    world.running.drain()
    await world.running.ended.catch(() => undefined)
    await world.server.close()
  }
})
const errorOf = async (response: Response): Promise<{ status: number; code?: string; message?: string }> => {
  const said = (await response.json()) as { code: string; message: string }
  return { status: response.status, ...said }
}
const at = (id: string, message: string, kind = 'call'): string =>
  `/${kind}/bank/account/${encodeURIComponent(id)}/${message}`

describe('a message in JSON', () => {
  test('is accepted with 202 and its id, and its effects are seen by the next call', async () => {
    const { post } = await open()
    const sent = await post(at('bob', 'deposit', 'send'), '5')
    expect(sent.status).toBe(202)
    expect(await sent.json()).toEqual({ messageId: expect.stringMatching(/^[0-9a-f]{32}$/) })
    const asked = await post(at('bob', 'balance'))
    expect([asked.status, asked.headers.get('content-type'), await asked.text()]).toEqual([
      200,
      'application/json',
      '5',
    ])
  })

  test('of a schema goes through untouched, and so does the reply', async () => {
    const { post } = await open()
    expect(await (await post(at('bob', 'whole'), '{ "n": 21 }')).json()).toEqual({ twice: 42 })
  })

  test('without a reply is answered by null once its effects are durable', async () => {
    const { post } = await open()
    const done = await post(at('bob', 'deposit'), '1')
    expect([done.status, await done.json()]).toEqual([200, null])
  })

  test.each([
    ['deposit', '"five"', 'bank/account.deposit: "five" is not a whole number of 32 bits'],
    ['deposit', '{', 'the body is not JSON'],
    ['deposit', undefined, 'there is no body'],
    ['balance', '7', 'takes no value'],
  ])('%s with %s is 400', async (message, body, why) => {
    const { post } = await open()
    expect(await errorOf(await post(at('bob', message), body))).toEqual({
      status: 400,
      code: 'VALUE_INVALID',
      message: expect.stringContaining(why),
    })
  })
})

describe('a message in bytes', () => {
  test('is taken as it is and answered in bytes; empty bytes are a value where the type has one', async () => {
    const { post } = await open()
    await post(at('bob', 'deposit', 'send'), asBuffer(int.encode(7)))
    expect((await post(at('bob', 'deposit'), asBuffer(int.encode(0)))).status).toBe(200)
    const asked = await post(at('bob', 'balance'), undefined, { accept: 'application/octet-stream' })
    expect(asked.headers.get('content-type')).toBe('application/octet-stream')
    expect(int.decode(await asked.bytes())).toBe(7)
  })

  test('any bytes come back as they were', async () => {
    const { post } = await open()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const response = await post(at('bob', 'echo'), asBuffer(bytes))
        expect(response.headers.get('content-type')).toBe('application/octet-stream')
        expect(await response.bytes()).toEqual(bytes)
      }),
      { numRuns: 30 },
    )
  })

  test('a reply without a payload has no content type', async () => {
    const { post } = await open()
    const done = await post(at('bob', 'deposit'), asBuffer(int.encode(1)))
    expect([done.status, done.headers.get('content-type'), (await done.bytes()).length]).toEqual([200, null, 0])
  })
})

test.each([
  ['application/json', 'false'],
  ['application/octet-stream;q=0.5, application/json', 'false'],
  ['*/*', 'false'],
  ['application/octet-stream', ''],
])('Accept: %s is what a reply comes in', async (accept, text) => {
  const { post } = await open()
  expect(await (await post(at('bob', 'flag'), 'true', { accept })).text()).toBe(text)
})

test('any id can be addressed, with slashes, blanks and any other text in it, and names one actor', async () => {
  const { post, ask } = await open()
  const ids = fc.string({ unit: 'grapheme', maxLength: 30 })
  let round = 0
  await fc.assert(
    fc.asyncProperty(ids, async (id) => {
      const whole = `${id}/${round++}`
      expect((await post(at(whole, 'deposit'), '3')).status).toBe(200)
      const state = await (await ask(`/admin/state/bank/account/${encodeURIComponent(whole)}`)).json()
      expect(state).toMatchObject({ address: `bank/account/${whole}`, states: { balance: { value: 3 } } })
    }),
    { numRuns: 40 },
  )
  for (const id of ['', '.', '..']) expect(await (await post(`/call/bank/account/${id}/balance`)).json()).toBe(0)
})

describe('refusals', () => {
  test('an unknown function or message is 404 and names what there is', async () => {
    const { post } = await open()
    expect(await errorOf(await post('/send/bank/acount/bob/deposit', '1'))).toEqual({
      status: 404,
      code: 'FUNCTION_UNKNOWN',
      message: 'no function bank/acount is bound in this application; it has: bank/account',
    })
    const unknown = await errorOf(await post(at('bob', 'withdraw'), '1'))
    expect(unknown).toMatchObject({ status: 404, code: 'MESSAGE_UNKNOWN' })
    expect(unknown.message).toContain('deposit')
  })

  test.each(['/send/bank/account/bob', '/send/bank/account/a/b/deposit', '/send/'])('%s is 404', async (path) => {
    const { post } = await open()
    expect(await errorOf(await post(path, '1'))).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })

  test('a path that is no UTF-8 is 400, another method 405', async () => {
    const { post, ask } = await open()
    expect((await post('/send/bank/account/%ff/deposit', '1')).status).toBe(400)
    expect((await ask(at('bob', 'balance'))).status).toBe(405)
  })

  test('curl without a content type is told which to send', async () => {
    const { post } = await open()
    const sent = await post(at('bob', 'deposit'), '5', { 'content-type': 'application/x-www-form-urlencoded' })
    expect(await errorOf(sent)).toMatchObject({ status: 415, message: expect.stringContaining('application/json') })
  })

  test('a body that is announced to be beyond the bound is 413', async () => {
    const { post } = await open({ limits: { httpBodyBytesMax: 1_000 } })
    expect(await errorOf(await post(at('bob', 'echo'), new Uint8Array(1_001)))).toMatchObject({
      status: 413,
      code: 'LIMIT_EXCEEDED',
    })
    expect((await post(at('bob', 'echo'), new Uint8Array(1_000))).status).toBe(200)
  })

  test('a TerminalError is 422 with its own code', async () => {
    const { post } = await open()
    expect(await errorOf(await post(at('bob', 'refuse'), '"closed"'))).toEqual({
      status: 422,
      code: 'NO_WAY',
      message: expect.stringContaining('closed'),
    })
  })

  test('at the bound of requests under way it is 429 with Retry-After', async () => {
    const { post, release } = await open({ limits: { httpRequestsMax: 1 } })
    const first = post(at('bob', 'hang'))
    const refused = await eventually(async () => {
      const response = await post(at('ann', 'balance'))
      return response.status === 429 && response
    })
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await errorOf(refused)).toMatchObject({
      code: 'OVERLOADED',
      message: expect.stringContaining('httpRequestsMax'),
    })
    release()
    expect(await (await first).json()).toBe(1)
    expect((await post(at('ann', 'balance'))).status).toBe(200)
  })

  test('a coordinator that is stopping, has stopped or has not started is 503', async () => {
    const { post, running, holder } = await open()
    running.drain()
    expect(await errorOf(await post(at('bob', 'balance')))).toMatchObject({ status: 503, code: 'UNAVAILABLE' })
    await running.ended
    expect((await post(at('bob', 'balance'))).status).toBe(503)
    holder.running = undefined
    const early = await post(at('bob', 'balance'))
    expect(early.headers.get('retry-after')).toBe('1')
    expect(await errorOf(early)).toMatchObject({ status: 503, message: expect.stringContaining('not started') })
  })

  test('a call that the coordinator does not live to answer is 503', async () => {
    const world = await open()
    const call = world.post(at('bob', 'hang'))
    await eventually(() => world.running.endpoints[0]?.messagesInFlight === 1)
    const second = await world.start()
    expect(await world.running.ended).toBe('fenced')
    expect(await errorOf(await call)).toMatchObject({
      status: 503,
      message: expect.stringContaining('Idempotency-Key'),
    })
    world.release()
    second.drain()
    await second.ended
  })
})

describe('Idempotency-Key', () => {
  const key = { 'idempotency-key': 'k-1' }

  test('the same message counts once, and a call gets the first reply again', async () => {
    const { post } = await open()
    const [first, again] = [
      await post(at('bob', 'deposit', 'send'), '5', key),
      await post(at('bob', 'deposit', 'send'), '5', key),
    ]
    expect([again.status, await again.json()]).toEqual([202, await first.json()])
    expect(await (await post(at('bob', 'balance'), undefined, key)).json()).toBe(5)
    await post(at('bob', 'deposit'), '1')
    expect(await (await post(at('bob', 'balance'), undefined, key)).json()).toBe(5)
  })

  test('another body under it is 422', async () => {
    const { post } = await open()
    await post(at('bob', 'deposit', 'send'), '5', key)
    expect(await errorOf(await post(at('bob', 'deposit', 'send'), '6', key))).toMatchObject({
      status: 422,
      code: 'IDEMPOTENCY_KEY_REUSED',
    })
  })

  test('when too many are kept it is 503', async () => {
    const { post } = await open({ limits: { idempotencyKeysMax: 1 } })
    await post(at('bob', 'deposit'), '5', key)
    const full = await post(at('bob', 'deposit'), '5', { 'idempotency-key': 'k-2' })
    expect(await errorOf(full)).toMatchObject({ status: 503, code: 'IDEMPOTENCY_KEYS_FULL' })
  })

  test.each(['', 'x'.repeat(256), 'a b', 'k\u00e9'])('%j is none, and 400', async (bad) => {
    const { post } = await open()
    expect((await post(at('bob', 'deposit'), '5', { 'idempotency-key': bad })).status).toBe(400)
  })

  test('a call that timed out is 504, goes on, and is answered when asked again with the key', async () => {
    const { post, release } = await open({ app: { callTimeoutMs: 30 } })
    expect(await errorOf(await post(at('bob', 'hang'), undefined, key))).toMatchObject({ status: 504, code: 'TIMEOUT' })
    release()
    const answered = await eventually(async () => {
      const response = await post(at('bob', 'hang'), undefined, key)
      return response.status === 200 && response
    })
    expect(await answered.json()).toBe(1)
  })

  test('a client that goes away is forgotten, and the work goes on', async () => {
    const { ask, post, running, release } = await open({
      limits: { httpRequestsMax: 1 },
      app: { callTimeoutMs: 600_000 },
    })
    const client = new AbortController()
    const call = ask(at('bob', 'hang'), { method: 'POST', headers: key, signal: client.signal })
    await eventually(() => running.endpoints[0]?.messagesInFlight === 1)
    expect((await post(at('ann', 'balance'))).status).toBe(429)
    client.abort()
    await expect(call).rejects.toThrow('abort')
    await eventually(async () => (await post(at('ann', 'balance'))).status === 200)
    release()
    expect(await (await post(at('bob', 'hang'), undefined, key)).json()).toBe(1)
  })
})
