import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { actor, int, nothing, request, TerminalError } from 'millrace'
import { type ClientOptions, connect } from 'millrace/client'

const Receipt = z.object({ left: z.number() })
const account = actor('bank/account', {
  state: {},
  messages: {
    deposit: int,
    withdraw: request(int, Receipt),
    count: request(nothing, int),
    close: request(nothing, nothing),
  },
})
const bob = account.at('bob')

type Sent = { url: string; method: string | undefined; headers: Record<string, string>; body: Uint8Array | undefined }

/** A client whose answers come from the list, an error being one that never came. */
const answering = (answers: (Response | Error)[], options: Partial<ClientOptions> = {}) => {
  const sent: Sent[] = []
  const waited: number[] = []
  const client = connect({
    url: 'http://coordinator.test:8080/',
    wait: async (ms) => void waited.push(ms),
    async fetch(url, init) {
      const body = init.body === undefined ? undefined : new Uint8Array(await new Response(init.body).arrayBuffer())
      sent.push({ url, method: init.method, headers: Object.fromEntries(new Headers(init.headers)), body })
      const answer = answers.shift() ?? new Error('asked once too often')
      if (answer instanceof Error) throw answer
      return answer
    },
    ...options,
  })
  return { client, sent, waited }
}
const octets = { 'content-type': 'application/octet-stream' }
const failing = (status: number, body: unknown = '', headers = {}) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })

it('sends the encoded payload to the message’s path', async () => {
  const { client, sent } = answering([new Response(null, { status: 202 })], { token: 'secret' })
  await client.send(account.at('a/b ü').deposit(5), { idempotencyKey: 'k-1' })
  expect(sent).toEqual([
    {
      url: 'http://coordinator.test:8080/send/bank/account/a%2Fb%20%C3%BC/deposit',
      method: 'POST',
      headers: {
        accept: 'application/octet-stream',
        'content-type': 'application/octet-stream',
        'idempotency-key': 'k-1',
        authorization: 'Bearer secret',
      },
      body: int.encode(5),
    },
  ])
})

it('tells a zero from no payload by the content type, both ways', async () => {
  const { client, sent } = answering([new Response(new Uint8Array(0), { headers: octets }), new Response(null)])
  expect(await client.call(bob.count())).toBe(0)
  expect(await client.call(bob.close())).toBeUndefined()
  expect(sent.map(({ body, headers }) => [body, headers['content-type']])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ])
  const zero = answering([new Response(null, { status: 202 })])
  await zero.client.send(bob.deposit(0))
  expect(zero.sent[0]).toMatchObject({ body: new Uint8Array(0), headers: octets })
})

it('decodes and validates the reply', async () => {
  const { client, sent } = answering([
    new Response('{"left":7}', { headers: octets }),
    new Response('{"left":"x"}', { headers: octets }),
  ])
  const receipt: { left: number } = await client.call(bob.withdraw(3))
  expect(receipt).toEqual({ left: 7 })
  expect(sent[0]?.url).toContain('/call/bank/account/bob/withdraw')
  await expect(client.call(bob.withdraw(3))).rejects.toThrow('bank/account.withdraw reply: left')
})

it('throws what the handler refused with', async () => {
  const { client } = answering([failing(422, { code: 'POOR', message: 'no money' }), failing(422, 'plain')])
  const error = await client.call(bob.withdraw(1)).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(TerminalError)
  expect(error).toMatchObject({ code: 'POOR', message: 'no money' })
  await expect(client.call(bob.withdraw(1))).rejects.toMatchObject({ code: 'TERMINAL', message: 'plain' })
})

it('tries again while the coordinator is full or away, where a key makes that safe', async () => {
  const { client, sent, waited } = answering([
    failing(429, '', { 'retry-after': '2' }),
    failing(503, '', { 'retry-after': '3600' }),
    new TypeError('fetch failed'),
    new Response(null, { status: 202 }),
  ])
  await client.send(bob.deposit(1), { idempotencyKey: 'k' })
  expect(sent.map(({ headers }) => headers['idempotency-key'])).toEqual(['k', 'k', 'k', 'k'])
  expect(waited).toEqual([2000, 10_000, 400])
})

it('gives up after so many attempts', async () => {
  const { client, sent } = answering(
    [1, 2, 3].map(() => failing(503, { code: 'STORE_UNAVAILABLE', message: 'down' })),
    {
      attemptsMax: 3,
    },
  )
  await expect(client.send(bob.deposit(1), { idempotencyKey: 'k' })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: "bank/account.deposit of 'bob': answered 503, down",
  })
  expect(sent).toHaveLength(3)
})

it('tries nothing again without a key', async () => {
  const { client, sent } = answering([failing(503), new TypeError('fetch failed', { cause: new Error('refused') })])
  await expect(client.send(bob.deposit(1))).rejects.toMatchObject({ code: 'ENDPOINT_UNAVAILABLE' })
  await expect(client.send(bob.deposit(1))).rejects.toThrow('cannot be reached: fetch failed (refused)')
  expect(sent).toHaveLength(2)
})

it.each([
  [400, 'VALUE_INVALID'],
  [401, 'UNAUTHORIZED'],
  [404, 'FUNCTION_UNKNOWN'],
  [413, 'LIMIT_EXCEEDED'],
  [500, 'ENDPOINT_PROTOCOL'],
  [504, 'ENDPOINT_UNAVAILABLE'],
])('has an error for %i and does not try again', async (status, code) => {
  const { client, sent } = answering([failing(status)])
  await expect(client.call(bob.withdraw(1), { idempotencyKey: 'k' })).rejects.toMatchObject({ code })
  expect(sent).toHaveLength(1)
})

it('stops waiting when it is aborted', async () => {
  const controller = new AbortController()
  const client = connect({
    url: 'http://coordinator.test',
    signal: controller.signal,
    fetch: async () => failing(503, '', { 'retry-after': '5' }),
  })
  const sending = client.send(bob.deposit(1), { idempotencyKey: 'k' })
  controller.abort(new Error('enough'))
  await expect(sending).rejects.toThrow()
})

it('refuses what it could not send', async () => {
  const { client, sent } = answering([])
  await expect(client.send(bob.deposit(0.5))).rejects.toThrow('bank/account.deposit: 0.5')
  await expect(client.send(bob.deposit(1), { idempotencyKey: 'ü' })).rejects.toThrow('visible ASCII')
  await expect(client.send(account.at('..').deposit(1))).rejects.toThrow("'..' cannot stand in a URL")
  expect(sent).toEqual([])
  expect(() => connect({ url: 'coordinator:8080' })).toThrow('http')
  expect(() => connect({ url: 'nowhere' })).toThrow("url is 'nowhere'")
  expect(() => connect({ url: 'http://a', attemptsMax: 0 })).toThrow('attemptsMax')
})

it('works with the platform’s own fetch', async () => {
  const server = createServer((_, response) => response.writeHead(200, octets).end('{"left":1}')).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const client = connect({ url: `http://127.0.0.1:${port}` })
  expect(await client.call(bob.withdraw(1))).toEqual({ left: 1 })
  server.closeAllConnections()
  server.close()
})
