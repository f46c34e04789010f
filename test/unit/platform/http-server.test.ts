import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { listen, type HttpServerOptions, type Served } from '../../../runtime/platform/http-server.ts'

const signal = () => {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve: () => resolve() }
}
const listenTo = (fetch: Served['fetch'], options: HttpServerOptions) => listen({ fetch }, options)
const local = { host: '127.0.0.1', port: 0 }

test('serves on a free port and says where; bodies go both ways', async () => {
  const server = await listenTo(async (request) => new Response(`${request.method} ${await request.text()}`), local)
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
  const response = await fetch(server.url, { method: 'POST', body: 'hello' })
  expect(await response.text()).toBe('POST hello')
  await server.close()
  await expect(fetch(server.url)).rejects.toThrow()
})

test('a path reaches the handler as it was sent: encoded slashes, an empty part', async () => {
  const server = await listenTo((request) => new Response(new URL(request.url).pathname), local)
  expect(await (await fetch(`${server.url}/a/b%2Fc//d%20`)).text()).toBe('/a/b%2Fc//d%20')
  await server.close()
})

test('a port that is taken is named with its setting', async () => {
  const server = await listenTo(() => new Response(), local)
  const second = listenTo(() => new Response(), { host: '127.0.0.1', port: server.port })
  await expect(second).rejects.toMatchObject({
    code: 'SETTING_INVALID',
    message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${server.port} .*http\\.port`)),
  })
  await server.close()
})

test('an address that this machine does not have is named with http.host', async () => {
  const refused = listenTo(() => new Response(), { host: '192.0.2.1', port: 0 })
  await expect(refused).rejects.toMatchObject({
    code: 'SETTING_INVALID',
    message: expect.stringContaining('http.host'),
  })
})

test('close lets a request under way finish', async () => {
  let finish = (): void => undefined
  const begun = signal()
  const server = await listenTo(async () => {
    begun.resolve()
    await new Promise<void>((resolve) => (finish = resolve))
    return new Response('done')
  }, local)
  const response = fetch(server.url)
  await begun.promise
  const closing = server.close(10_000)
  finish()
  expect(await (await response).text()).toBe('done')
  await closing
})

test('close cuts off what does not finish by its deadline', async () => {
  const begun = signal()
  const server = await listenTo(() => {
    begun.resolve()
    return new Promise<Response>(() => undefined)
  }, local)
  const response = fetch(server.url)
  response.catch(() => undefined)
  await begun.promise
  await server.close(20)
  await expect(response).rejects.toThrow()
})

test('a handler sees that its client has gone', async () => {
  const gone = signal()
  const begun = signal()
  const server = await listenTo((request) => {
    request.signal.addEventListener('abort', () => gone.resolve())
    begun.resolve()
    return new Promise<Response>(() => undefined)
  }, local)
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n')
  await begun.promise
  socket.destroy()
  await gone.promise
  await server.close()
})

test('what is taken first is not asked of fetch; all else is', async () => {
  const server = await listen(
    {
      take: (request, response) => {
        if (request.url !== '/mine') return false
        response.end('taken')
        return true
      },
      fetch: () => new Response('fetched'),
    },
    local,
  )
  expect(await (await fetch(`${server.url}/mine`)).text()).toBe('taken')
  expect(await (await fetch(`${server.url}/other`)).text()).toBe('fetched')
  await server.close()
})
