import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { httpFunctionClient, type HttpFunctionClientOptions } from '../../../runtime/platform/http-function-client.ts'
import { EndpointError } from '../../../runtime/ports/function-client.ts'

const batch = 'application/vnd.millrace.batch.v1+protobuf'
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Seen {
  readonly request: IncomingMessage
  readonly body: Buffer
}
type Answer = (response: ServerResponse, seen: Seen) => void

const serve = async (answer: Answer, more: Partial<HttpFunctionClientOptions> & { path?: string } = {}) => {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      seen.push({ request, body: Buffer.concat(parts) })
      answer(response, seen.at(-1)!)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = httpFunctionClient({
    url: `http://127.0.0.1:${port}${more.path ?? '/functions'}`,
    parseDiscovery: (json) => ({ version: JSON.stringify(json), functions: [] }),
    sign: undefined,
    ...more,
  })
  closers.push(async () => {
    await client.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { client, seen, port }
}

const request = Uint8Array.of(1, 2, 3)
const caught = async (promise: Promise<unknown>): Promise<EndpointError> => {
  const error = await promise.then(
    () => expect.unreachable('it succeeded'),
    (rejected: unknown) => rejected,
  )
  if (error instanceof EndpointError) return error
  throw error
}

describe('invoke', () => {
  test('posts the request with its content type and hands the answer over as it comes', async () => {
    let finish = () => {}
    const { client, seen } = await serve((response) => {
      response.writeHead(200, { 'content-type': `${batch}; v=1`, 'millrace-version': 'v7' })
      response.write(Uint8Array.of(10))
      finish = () => void response.end(Uint8Array.of(20, 30))
    })
    const got: number[] = []
    let first = () => {}
    const firstCame = new Promise<void>((resolve) => (first = resolve))
    const invoking = client.invoke(request, (bytes) => (got.push(...bytes), first()), { timeoutMs: 5_000 })
    await firstCame
    expect(got).toEqual([10])
    finish()
    expect(await invoking).toEqual({ version: 'v7' })
    expect(got).toEqual([10, 20, 30])
    expect([...seen[0]!.body]).toEqual([1, 2, 3])
    expect(seen[0]!.request.method).toBe('POST')
    expect(seen[0]!.request.url).toBe('/functions')
    expect(seen[0]!.request.headers['content-type']).toBe(batch)
  })

  test.each([
    [400, 'ENDPOINT_PROTOCOL', 'failed'],
    [401, 'ENDPOINT_UNAVAILABLE', 'unreachable'],
    [403, 'ENDPOINT_UNAVAILABLE', 'unreachable'],
    [404, 'ENDPOINT_UNAVAILABLE', 'unreachable'],
    [409, 'ENDPOINT_PROTOCOL', 'stale-discovery'],
    [413, 'ENDPOINT_PROTOCOL', 'too-large'],
    [415, 'ENDPOINT_PROTOCOL', 'unreachable'],
    [302, 'ENDPOINT_PROTOCOL', 'unreachable'],
    [429, 'ENDPOINT_UNAVAILABLE', 'unreachable'],
    [500, 'ENDPOINT_UNAVAILABLE', 'failed'],
    [502, 'ENDPOINT_UNAVAILABLE', 'failed'],
    [503, 'ENDPOINT_UNAVAILABLE', 'unreachable'],
  ])('status %i is %s with reason %s, and is told with the beginning of the body', async (status, code, reason) => {
    const { client, port } = await serve(
      (response) => void response.writeHead(status).end(`because\n${'x'.repeat(9_000)}`),
    )
    const error = await caught(client.invoke(request, () => {}, { timeoutMs: 5_000 }))
    expect(error).toMatchObject({ code, reason, status })
    expect(error.message).toContain(`endpoint http://127.0.0.1:${port}/functions answered ${status} (because xxx`)
    expect(error.message.length).toBeLessThan(600)
  })

  test('an answer of another content type is ENDPOINT_PROTOCOL', async () => {
    const { client } = await serve(
      (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>'),
    )
    const error = await caught(client.invoke(request, () => expect.unreachable(), { timeoutMs: 5_000 }))
    expect(error).toMatchObject({ code: 'ENDPOINT_PROTOCOL', reason: 'failed' })
    expect(error.message).toMatch(/text\/html.*Welcome/)
  })

  test('nobody listening is unreachable', async () => {
    const client = httpFunctionClient({
      url: 'http://127.0.0.1:1/',
      parseDiscovery: () => expect.unreachable(),
      sign: undefined,
    })
    const error = await caught(client.invoke(request, () => {}, { timeoutMs: 5_000 }))
    expect(error).toMatchObject({ code: 'ENDPOINT_UNAVAILABLE', reason: 'unreachable' })
    await client.close()
  })

  test('an answer that is cut off rejects, and what came before was handed over', async () => {
    const { client } = await serve((response) => {
      response.writeHead(200, { 'content-type': batch })
      response.write(Uint8Array.of(7), () => setTimeout(() => response.destroy(), 20))
    })
    const got: number[] = []
    const error = await caught(client.invoke(request, (bytes) => got.push(...bytes), { timeoutMs: 5_000 }))
    expect(error).toMatchObject({ code: 'ENDPOINT_UNAVAILABLE', reason: 'failed' })
    expect(got).toEqual([7])
  })

  test('no answer, and an answer that stalls in the middle, end with the time-out', async () => {
    const { client } = await serve((response, { body }) => {
      if (body[0] === 1) return
      response.writeHead(200, { 'content-type': batch }).write(Uint8Array.of(7))
    })
    for (const first of [1, 2]) {
      const begun = performance.now()
      const error = await caught(client.invoke(Uint8Array.of(first), () => {}, { timeoutMs: 100 }))
      expect(error).toMatchObject({ code: 'ENDPOINT_UNAVAILABLE', reason: 'failed' })
      expect(error.message).toContain('within 100 ms')
      expect(performance.now() - begun).toBeLessThan(2_000)
    }
  })

  test('a signal ends it, before and while it runs', async () => {
    const { client, seen } = await serve(() => {})
    await expect(client.invoke(request, () => {}, { timeoutMs: 60_000, signal: AbortSignal.abort() })).rejects.toThrow(
      'cancelled',
    )
    const control = new AbortController()
    const invoking = client.invoke(request, () => {}, { timeoutMs: 60_000, signal: control.signal })
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    control.abort()
    await expect(invoking).rejects.toThrow('cancelled')
  })

  test("an error of the caller's own reader comes through as it is", async () => {
    const { client } = await serve((response) => void response.writeHead(200, { 'content-type': batch }).end('x'))
    const own = new Error('cannot be decoded')
    const reading = client.invoke(
      request,
      () => {
        throw own
      },
      { timeoutMs: 5_000 },
    )
    await expect(reading).rejects.toBe(own)
  })

  test('an answer beyond the bound is refused while it comes', async () => {
    const { client } = await serve(
      (response) => void response.writeHead(200, { 'content-type': batch }).end(Buffer.alloc(1 << 20)),
      { answerBytesMax: 1_000 },
    )
    let handed = 0
    const error = await caught(client.invoke(request, (bytes) => (handed += bytes.length), { timeoutMs: 5_000 }))
    expect(error).toMatchObject({ code: 'ENDPOINT_PROTOCOL' })
    expect(handed).toBeLessThanOrEqual(1_000)
  })

  test('requests are signed over method, path and body, and secrets of the URL are not told', async () => {
    const signed: unknown[] = []
    const { client, seen } = await serve((response) => void response.writeHead(401).end(), {
      path: '/functions?token=hush',
      sign: async (toSign) => {
        signed.push({ ...toSign, body: [...toSign.body] })
        return { signature: 'millrace=:abc:' }
      },
    })
    const error = await caught(client.invoke(request, () => {}, { timeoutMs: 5_000 }))
    expect(signed).toEqual([{ method: 'POST', path: '/functions', body: [1, 2, 3] }])
    expect(seen[0]!.request.headers['signature']).toBe('millrace=:abc:')
    expect(seen[0]!.request.url).toBe('/functions?token=hush')
    expect(error.message).not.toContain('hush')
    expect(error.message).toContain('signing key')
  })
})

describe('discover', () => {
  test('gets JSON and hands it to the parser, signed over no body', async () => {
    const signed: unknown[] = []
    const { client, seen } = await serve(
      (response) =>
        void response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end('{"a":"ä"}'),
      { sign: async (toSign) => (signed.push([toSign.method, toSign.body.length]), {}) },
    )
    expect((await client.discover()).version).toBe('{"a":"ä"}')
    expect(seen[0]!.request.method).toBe('GET')
    expect(signed).toEqual([['GET', 0]])
  })

  test.each([
    ['what is no JSON', 'application/json', '<html>'],
    ['another content type', 'text/plain', '{}'],
  ])('%s is ENDPOINT_PROTOCOL', async (_what, type, body) => {
    const { client } = await serve((response) => void response.writeHead(200, { 'content-type': type }).end(body))
    expect(await caught(client.discover())).toMatchObject({ code: 'ENDPOINT_PROTOCOL' })
  })

  test('no answer ends with the time-out', async () => {
    const { client } = await serve(() => {}, { discoveryTimeoutMs: 50 })
    expect(await caught(client.discover())).toMatchObject({ code: 'ENDPOINT_UNAVAILABLE' })
  })
})
