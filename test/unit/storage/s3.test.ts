import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { s3Store } from '../../../runtime/storage/s3.ts'

// What a real store does on request only: answers of every kind, time-outs and resets, from a server of this test.
type Answer = (request: IncomingMessage, response: ServerResponse) => void
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const storeAnswering = async (answer: Answer): Promise<{ store: ObjectStore; requests: IncomingMessage[] }> => {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    request.resume().on('end', () => answer(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const settings = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    bucket: 'bank',
    prefix: 'p',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    pathStyle: true,
    requestTimeoutMs: 300,
  }
  const store = s3Store(settings, systemClock)
  closers.push(async () => {
    await store.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { store, requests }
}

const refusing =
  (status: number, code?: string): Answer =>
  (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(
        code === undefined ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>because</Message></Error>`,
      )

const bytes = utf8Encode('x')

/** The SDK sends the first PUT of a store, which shows where the bucket is, and the store itself those after it. */
const kindsOfTwo = async (store: ObjectStore) => [
  (await store.putIfAbsent('k', bytes)).kind,
  (await store.putIfAbsent('k', bytes)).kind,
]

test('the PUTs after the first go to the same place, signed in the same way, but leaner', async () => {
  const { store, requests } = await storeAnswering(
    (_request, response) => void response.writeHead(200, { etag: '"e"', date: 'Sat, 21 Nov 2026 19:00:00 GMT' }).end(),
  )
  const key = "a b/ü+c'(x)*!~/1"
  const ok = { kind: 'ok', etag: '"e"', storeTimeMs: Date.parse('2026-11-21T19:00:00Z') }
  expect([await store.putIfAbsent(key, bytes), await store.putIfAbsent(key, bytes)]).toEqual([ok, ok])
  const [first, second] = requests
  expect(second!.url).toBe(first!.url!.split('?')[0])
  for (const name of ['host', 'x-amz-content-sha256', 'content-type', 'content-length', 'if-none-match'])
    expect([name, second!.headers[name]]).toEqual([name, first!.headers[name]])
  const scope = /Credential=id\/\d{8}\/eu-west-1\/s3\/aws4_request,/
  expect(first!.headers.authorization).toMatch(scope)
  expect(second!.headers.authorization).toMatch(scope)
  expect(Object.keys(second!.headers).length).toBeLessThan(Object.keys(first!.headers).length)
})

describe('rule 5: the fate of a conditional PUT', () => {
  test.each([
    [412, 'PreconditionFailed', 'conflict'],
    [412, undefined, 'conflict'],
    [409, 'ConditionalRequestConflict', 'unknown'],
    [409, undefined, 'unknown'],
    [500, 'InternalError', 'unknown'],
    [500, undefined, 'unknown'],
    [502, undefined, 'unknown'],
    [503, 'SlowDown', 'unknown'],
    [429, 'TooManyRequests', 'unknown'],
    [400, 'RequestTimeout', 'unknown'],
    [507, 'XMinioStorageFull', 'unknown'],
  ])('%i %s is %s, after one request', async (status, code, kind) => {
    const { store, requests } = await storeAnswering(refusing(status, code))
    expect((await store.putIfAbsent('k', bytes)).kind).toBe(kind)
    expect((await store.putIfMatch('k', bytes, '"e"')).kind).toBe(kind)
    expect(requests).toHaveLength(2)
    expect(requests.map(({ headers }) => [headers['if-none-match'], headers['if-match']])).toEqual([
      ['*', undefined],
      [undefined, '"e"'],
    ])
  })

  test('a time-out is unknown', async () => {
    const { store } = await storeAnswering(() => {})
    expect(await kindsOfTwo(store)).toEqual(['unknown', 'unknown'])
  })

  test('a reset is unknown', async () => {
    const { store } = await storeAnswering((_request, response) => response.destroy())
    expect(await kindsOfTwo(store)).toEqual(['unknown', 'unknown'])
  })

  test("a proxy's page instead of S3's answer is unknown when it is a 502", async () => {
    const { store } = await storeAnswering(
      (_request, response) =>
        void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad <b>gateway</html>'),
    )
    expect(await kindsOfTwo(store)).toEqual(['unknown', 'unknown'])
  })

  test('rule 30: 404 NoSuchKey is a conflict for If-Match, and no success for If-None-Match', async () => {
    const { store } = await storeAnswering(refusing(404, 'NoSuchKey'))
    expect((await store.putIfMatch('k', bytes, '"e"')).kind).toBe('conflict')
    await expect(store.putIfAbsent('k', bytes)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})

test.each([
  [403, 'AccessDenied', 'STORE_FORBIDDEN', 's3:PutObject'],
  [403, 'InvalidAccessKeyId', 'STORE_FORBIDDEN', 'storage.credentials'],
  [403, 'SignatureDoesNotMatch', 'STORE_FORBIDDEN', 'storage.credentials'],
  [403, undefined, 'STORE_FORBIDDEN', 'storage.credentials'],
  [400, 'ExpiredToken', 'STORE_FORBIDDEN', 'storage.credentials'],
  [403, 'RequestTimeTooSkewed', 'CLOCK_SKEW', 'clock'],
  [301, 'PermanentRedirect', 'STORE_UNSUITABLE', 'storage.region'],
  [400, 'AuthorizationHeaderMalformed', 'STORE_UNSUITABLE', 'storage.region'],
  [404, 'NoSuchBucket', 'STORE_UNSUITABLE', 'storage.bucket'],
  [501, 'NotImplemented', 'STORE_UNSUITABLE', 'storage.endpoint'],
  [405, 'MethodNotAllowed', 'STORE_UNSUITABLE', 'storage.endpoint'],
])('%i %s is thrown as %s by reads and writes, and says %s', async (status, code, expected, says) => {
  const { store } = await storeAnswering(refusing(status, code))
  for (const call of [store.get('k'), store.put('k', bytes), store.putIfMatch('k', bytes, '"e"')]) {
    await expect(call).rejects.toMatchObject({ code: expected })
    await expect(call).rejects.toThrow(says)
    await expect(call).rejects.toThrow('bank')
  }
})

test('a body that stalls in the middle ends a get with STORE_UNAVAILABLE in time', async () => {
  const { store } = await storeAnswering((_request, response) => {
    response.writeHead(200, { etag: '"e"', 'content-length': '100' }).write('half')
  })
  await expect(store.get('k')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
})

test('a body that is cut off ends a get with STORE_UNAVAILABLE', async () => {
  const { store } = await storeAnswering((_request, response) => {
    response.writeHead(200, { etag: '"e"', 'content-length': '100' })
    response.write('half', () => response.destroy())
  })
  await expect(store.get('k')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
})

test('a store without DeleteObjects gets single deletes', async () => {
  const { store, requests } = await storeAnswering((request, response) =>
    request.method === 'POST' ? refusing(501, 'NotImplemented')(request, response) : void response.writeHead(204).end(),
  )
  await store.delete(['a', 'b'])
  expect(requests.map(({ method }) => method)).toEqual(['POST', 'DELETE', 'DELETE'])
})

test('an object that DeleteObjects could not delete is an error', async () => {
  const answer = `<?xml version="1.0"?><DeleteResult><Error><Key>p/a</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>`
  const { store } = await storeAnswering(
    (_request, response) => void response.writeHead(200, { 'content-type': 'application/xml' }).end(answer),
  )
  await expect(store.delete(['a'])).rejects.toMatchObject({ code: 'STORE_FORBIDDEN' })
})

test('a large put does not wait for "100 Continue" and carries no second checksum', async () => {
  const { store, requests } = await storeAnswering(
    (_request, response) => void response.writeHead(200, { etag: '"e"' }).end(),
  )
  expect((await store.put('k', new Uint8Array(3 << 20))).kind).toBe('ok')
  const names = Object.keys(requests[0]!.headers)
  expect(names).not.toContain('expect')
  expect(names.filter((name) => name.includes('checksum'))).toEqual([])
})
