import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { guard, isLoopback } from '../../../../runtime/coordinator/http/guard.ts'
import { httpApp } from '../../../../runtime/coordinator/http/http-app.ts'
import { httpWorld } from './http-world.ts'

const token = 'correct-horse-battery'
let world: Awaited<ReturnType<typeof httpWorld>>
let guarded: Awaited<ReturnType<typeof httpWorld>>
beforeAll(async () => {
  world = await httpWorld()
  const page = { html: '<!doctype html>', contentSecurityPolicy: "default-src 'none'" }
  guarded = await httpWorld({ app: { bindHost: '0.0.0.0', token, page } })
})
afterAll(async () => {
  for (const { running, server } of [world, guarded]) {
    running.drain()
    await running.ended
    await server.close()
  }
})
const asked = '/call/bank/account/bob/balance'

describe('with a token', () => {
  const closed = [
    asked,
    '/admin/status',
    '/admin/state/bank/account/bob',
    '/admin/egress',
    '/admin/egress/retry',
    '/admin/parked',
    '/admin/parked/retry',
    '/admin/parked/skip/bank/account/bob',
    '/admin/pause/bank/account',
    '/admin/resume/bank/account',
    '/admin/dead-letters',
    '/admin/dead-letters/resend',
    '/metrics',
    '/nothing',
  ]
  test.each(closed)('%s is 401 without it, and with another', async (path) => {
    const method = path === asked ? 'POST' : 'GET'
    for (const authorization of [undefined, 'Bearer wrong', token, `Basic ${token}`, `Bearer ${token}x`, 'Bearer ']) {
      const response = await guarded.ask(path, {
        method,
        headers: authorization === undefined ? {} : { authorization },
      })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain('Bearer')
      expect(await response.json()).toMatchObject({ code: 'UNAUTHORIZED' })
    }
    const let_in = await guarded.ask(path, { method, headers: { authorization: `Bearer ${token}` } })
    expect(let_in.status).not.toBe(401)
  })

  test('no other token opens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[!-~]{0,40}$/), async (guess) => {
        fc.pre(guess !== token)
        const response = await guarded.ask('/metrics', { headers: { authorization: `Bearer ${guess}` } })
        expect(response.status).toBe(401)
      }),
    )
  })

  test.each(['/health', '/ready', '/'])('%s needs none', async (path) => {
    expect((await guarded.ask(path)).status).toBe(200)
  })

  test('any Host is served', async () => {
    const headers = { host: 'millrace.example.com', authorization: `Bearer ${token}` }
    expect((await guarded.ask('/admin/status', { headers })).status).toBe(200)
  })
})

describe('without a token', () => {
  test.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.evil.com', 'localhost.evil.com'])(
    'nothing listens on %s',
    (bindHost) => {
      const { telemetry } = world
      const options = { application: 'a', bindHost, callTimeoutMs: 1, limits: world.settings.limits, telemetry }
      const build = () =>
        httpApp(() => undefined, {
          ...options,
          clock: { now: () => 0, after: () => () => undefined, soon: () => undefined, monotonic: () => 0 },
        })
      expect(build).toThrow(
        expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringContaining('http.token') }),
      )
    },
  )

  test.each(['127.0.0.1:8686', 'localhost:8686', 'LOCALHOST', '[::1]:8686', 'a.localhost', '127.9.9.9'])(
    'Host %s is served',
    async (host) => {
      expect((await world.ask('/admin/status', { headers: { host } })).status).toBe(200)
    },
  )

  test.each([
    'evil.example',
    '127.0.0.1.evil.example:8686',
    'localhost.evil.example',
    '10.0.0.1',
    'a b',
    '',
    '@localhost',
  ])('Host %j is 403, so that no foreign name can be made to point here', async (host) => {
    for (const path of ['/', '/admin/status', '/health', '/metrics'])
      expect((await world.ask(path, { headers: { host } })).status).toBe(403)
    expect((await world.ask(asked, { method: 'POST', headers: { host } })).status).toBe(403)
  })

  test.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:3000' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('a POST from a page of another site is 403: %j', async (headers) => {
    const refused = await world.ask(asked, { method: 'POST', headers: { host: 'localhost:8686', ...headers } })
    expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ code: 'FORBIDDEN' })])
  })

  test.each<Record<string, string>>([{}, { origin: 'http://localhost:8686', 'sec-fetch-site': 'same-origin' }])(
    'a POST of a program, or of a page of our own, is served: %j',
    async (headers) => {
      const served = await world.ask(asked, { method: 'POST', headers: { host: 'localhost:8686', ...headers } })
      expect(served.status).toBe(200)
    },
  )
})

test('no answer allows other sites to read it, or is kept', async () => {
  const origin = 'https://evil.example'
  const answers = [
    ...['/admin/status', '/nothing', '/health'].map((path) => world.ask(path, { headers: { origin } })),
    world.ask(asked, { method: 'POST', headers: { origin } }),
    guarded.ask('/metrics', { headers: { origin } }),
  ]
  for (const { headers } of await Promise.all(answers)) {
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  }
})

test('loopback is what only this machine reaches', () => {
  expect(['localhost', '127.0.0.1', '127.1.2.3', '::1'].every(isLoopback)).toBe(true)
  expect(['0.0.0.0', '::', '', '128.0.0.1', 'x127.0.0.1'].some(isLoopback)).toBe(false)
  expect(() => guard('192.168.0.1', 'x'.repeat(16))).not.toThrow()
})
