import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { actor, int, serve, type ServeOptions, value } from 'millrace'
import { encodeBatchRequest } from '../../../../runtime/protocol/batch-request-writer.ts'
import { parseDiscovery } from '../../../../runtime/protocol/discovery.ts'
import { batchMediaType, versionHeader } from '../../../../runtime/protocol/media-type.ts'
import { signRequest } from '../../../../runtime/protocol/signature.ts'
import { callMessage, readResults } from '../invoke.ts'

const counter = actor('test/counter', {
  state: { count: value(int, { initial: 0 }) },
  messages: { add: int, later: int },
})
const implementation = counter.handle({
  add: (ctx, n) => void (ctx.state.count += n),
  later: (ctx, n) => new Promise<void>((resolve) => setTimeout(() => ((ctx.state.count += n), resolve()), 5)),
})
const bytesFor = (...names: string[]) =>
  encodeBatchRequest({
    nowMs: 0,
    functions: [{ typename: 'test/counter', states: ['count'], messages: ['add', 'later'] }],
    sources: [],
    calls: names.map((name, i) => ({
      function: 0,
      id: `${i}`,
      state: [],
      messages: [callMessage(['add', 'later'], name, int.encode(1))],
    })),
  })
const post = (body: Uint8Array, headers: Record<string, string> = {}) =>
  new Request('http://functions.test/', {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'content-type': batchMediaType, ...headers },
  })
const app = (options?: ServeOptions) => serve([implementation], options)

it('answers discovery', async () => {
  const response = await app().request('/')
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
  const discovery = parseDiscovery(await response.json())
  expect(discovery.functions.map(({ typename }) => typename)).toEqual(['test/counter'])
  expect(response.headers.get(versionHeader)).toBe(discovery.version)
})

it('answers batches, at once and streamed', async () => {
  for (const [names, order] of [
    [
      ['add', 'add'],
      [0, 1],
    ],
    [
      ['later', 'add'],
      [1, 0],
    ],
  ] as const) {
    const response = await app().fetch(post(bytesFor(...names)))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, batchMediaType])
    expect(response.headers.get(versionHeader)).toMatch(/^[0-9a-f]{32}$/)
    expect(readResults(await response.bytes()).map(({ call }) => call)).toEqual(order)
  }
})

it('is a part of another Hono app', async () => {
  const outer = new Hono().get('/', (c) => c.text('mine')).route('/functions', app())
  expect(await (await outer.request('/')).text()).toBe('mine')
  expect((await outer.request('/functions')).status).toBe(200)
})

it.each<[number, string, Request]>([
  [400, 'garbage', post(Uint8Array.of(0xff))],
  [415, 'another content type', post(bytesFor('add'), { 'content-type': 'application/octet-stream' })],
  [415, 'a compressed body', post(bytesFor('add'), { 'content-encoding': 'gzip' })],
  [404, 'another path', new Request('http://functions.test/other')],
  [404, 'another method', new Request('http://functions.test/', { method: 'DELETE' })],
])('answers %i for %s', async (status, _, request) => {
  expect((await app().fetch(request)).status).toBe(status)
})

it('answers 409 with the reason when discovery is stale', async () => {
  const stale = encodeBatchRequest({
    nowMs: 0,
    functions: [{ typename: 'test/counter', states: [], messages: [] }],
    sources: [],
    calls: [],
  })
  const response = await app().fetch(post(stale))
  expect(response.status).toBe(409)
  expect(await response.json()).toEqual({ message: expect.stringContaining('test/counter.count') })
  expect(response.headers.get(versionHeader)).toBeTruthy()
})

it('answers 413 for more than it takes, before it has read it all', async () => {
  expect((await app({ maxBodyBytes: 10 }).fetch(post(bytesFor('add')))).status).toBe(413)
  expect((await app({ maxBodyBytes: 10 }).fetch(post(new Uint8Array(0), { 'content-length': '11' }))).status).toBe(413)
  let pulled = 0
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++pulled > 100) controller.error(new Error('read on'))
        controller.enqueue(new Uint8Array(1000))
      },
    })
  // A length does not bound what comes in chunks, nor does one that is no number.
  const garbled = { 'content-length': 'many' }
  for (const chunked of [{}, { 'transfer-encoding': 'chunked', 'content-length': '10' }, garbled]) {
    pulled = 0
    const headers = { 'content-type': batchMediaType, ...chunked }
    const init = { method: 'POST', body: endless(), duplex: 'half', headers } as const
    expect((await app({ maxBodyBytes: 5000 }).fetch(new Request('http://functions.test/', init))).status).toBe(413)
    expect(pulled).toBeLessThan(10)
  }
  const understated = post(bytesFor('add'), { 'content-length': '5' })
  expect((await app({ maxBodyBytes: 10 }).fetch(understated)).status).toBe(413)
  expect(() => app({ maxBodyBytes: 0 })).toThrow('maxBodyBytes')
})

it('takes only signed requests where it has keys, discovery too', async () => {
  const now = 1_700_000_000_000
  const guarded = app({ keys: 'k2:ffffffffffffffff,k1:0123456789abcdef', now: () => now })
  const key = { id: 'k1', secret: new TextEncoder().encode('0123456789abcdef') }
  const body = bytesFor('add')
  const signed = async (method: string, given: Uint8Array, at = now) =>
    signRequest({ method, path: '/', body: given }, key, at)
  expect((await guarded.fetch(post(body, { ...(await signed('POST', body)) }))).status).toBe(200)
  expect((await guarded.request('/', { headers: { ...(await signed('GET', new Uint8Array(0))) } })).status).toBe(200)
  expect((await guarded.fetch(post(body))).status).toBe(401)
  expect((await guarded.request('/')).status).toBe(401)
  expect((await guarded.fetch(post(bytesFor('later'), { ...(await signed('POST', body)) }))).status).toBe(401)
  const old = await guarded.fetch(post(body, { ...(await signed('POST', body, now - 400_000)) }))
  expect([old.status, await old.json()]).toEqual([401, { message: expect.stringContaining('too-old') }])
})
