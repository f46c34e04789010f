import { afterEach, describe, expect, test } from 'vitest'
import { eventually } from '../world.ts'
import { httpWorld, type HttpWorldOptions } from './http-world.ts'

const worlds: Awaited<ReturnType<typeof httpWorld>>[] = []
const failure = { attemptsMax: 2, firstDelayMs: 1, maxDelayMs: 1, onFailure: 'park' as const }
const open = async (options: HttpWorldOptions = {}) => {
  const world = await httpWorld({ ...options, settings: { failure, ...options.settings } })
  worlds.push(world)
  const json = async (path: string): Promise<unknown> => (await world.ask(path)).json()
  const act = async (path: string, body?: unknown) => {
    const answer = await world.post(path, body === undefined ? undefined : JSON.stringify(body))
    return [answer.status, (await answer.json()) as unknown] as const
  }
  const spend = (id: string, amount: number) =>
    world.post(`/send/bank/account/${encodeURIComponent(id)}/spend`, String(amount))
  const whenParked = (count: number) => eventually(() => world.running.read((shard) => shard.stopped.parked === count))
  return { ...world, json, act, spend, whenParked }
}
afterEach(async () => {
  for (const { release, running, server } of worlds.splice(0)) {
    release()
    running.drain()
    await running.ended
    await server.close()
  }
})
const since = expect.stringMatching(/^\d{4}-.*Z$/)

describe('/admin/parked', () => {
  test('lists who is parked and why, and what waits for one, without payloads', async () => {
    const { spend, whenParked, json, ask } = await open()
    await spend('bob', 5)
    await whenParked(1)
    await spend('bob', 7)
    const bob = {
      address: 'bank/account/bob',
      parked: { code: 'HANDLER_FAILED', error: expect.stringContaining('too poor'), since },
      messages: 2,
      bytes: expect.any(Number),
      attempts: 2,
    }
    expect(await json('/admin/parked')).toEqual({
      parkedAddresses: 1,
      pausedAddresses: 0,
      messages: 2,
      bytes: expect.any(Number),
      pausedFunctions: [],
      total: 1,
      addresses: [bob],
    })
    expect(await json('/admin/parked?function=bank/other')).toMatchObject({ total: 0, addresses: [] })
    const waiting = { message: 'spend', messageId: expect.any(String), payloadBytes: 5 }
    expect(await json('/admin/parked/bank/account/bob')).toEqual({
      ...bob,
      inFlightMessages: 0,
      waiting: [
        { ...waiting, failures: 2 },
        { ...waiting, failures: 0 },
      ],
    })
    expect(await json('/admin/state/bank/account/bob')).toMatchObject({ parked: bob.parked, pendingMessages: 2 })
    expect((await ask('/admin/parked/bank/account/ann')).status).toBe(404)
  })

  test('is mended by an edit and retried; skipped; or everybody is retried at once', async () => {
    const { spend, whenParked, act, json } = await open()
    for (const id of ['a/b', 'bob', 'cid']) await spend(id, 5)
    await whenParked(3)
    expect(await act('/admin/state/bank/account/a%2Fb', { state: 'balance', value: 8 })).toEqual([
      200,
      { edited: 'balance' },
    ])
    expect(await act('/admin/parked/retry/bank/account/a%2Fb')).toEqual([200, { messages: 1 }])
    expect(await act('/admin/parked/skip/bank/account/bob')).toEqual([200, { messages: 0 }])
    await whenParked(1)
    expect(await json('/admin/state/bank/account/a%2Fb')).toMatchObject({ states: { balance: { value: 3 } } })
    expect(await act('/admin/parked/retry?function=bank/account')).toEqual([200, { retried: 1 }])
    expect(await act('/admin/parked/retry/bank/account/ann')).toEqual([
      409,
      { code: 'ADDRESS_NOT_STOPPED', message: 'bank/account/ann is not parked' },
    ])
    expect((await act('/admin/parked/retry?function=bank/none'))[0]).toBe(404)
  })
})

describe('/admin/pause and /admin/resume', () => {
  test('stop and start an address or a function; sending is accepted, calling times out', async () => {
    const { act, post, json } = await open({ app: { callTimeoutMs: 100 } })
    expect(await act('/admin/pause/bank/account/bob')).toEqual([200, { paused: 'bank/account/bob' }])
    expect((await post('/send/bank/account/bob/deposit', '5')).status).toBe(202)
    expect((await post('/call/bank/account/bob/balance')).status).toBe(504)
    expect(await json('/admin/parked')).toMatchObject({
      pausedAddresses: 1,
      messages: 2,
      addresses: [{ address: 'bank/account/bob', pausedSince: since, messages: 2 }],
    })
    expect(await act('/admin/pause/bank/account')).toEqual([200, { paused: 'bank/account' }])
    expect(await json('/admin/parked')).toMatchObject({ pausedFunctions: [{ typename: 'bank/account', since }] })
    expect(await act('/admin/resume/bank/account')).toEqual([200, { resumed: 'bank/account' }])
    expect(await act('/admin/resume/bank/account/bob')).toEqual([200, { resumed: 'bank/account/bob' }])
    expect(await (await post('/call/bank/account/bob/balance')).json()).toBe(5)
    expect((await act('/admin/resume/bank/account/bob'))[0]).toBe(409)
    expect((await act('/admin/pause/bank'))[0]).toBe(404)
  })

  test('refuse a call at the bound, with 429', async () => {
    const { act, post } = await open({ limits: { laneMessagesMax: 1 } })
    await act('/admin/pause/bank/account/bob')
    expect((await post('/send/bank/account/bob/deposit', '5')).status).toBe(202)
    const refused = await post('/send/bank/account/bob/deposit', '5')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    await act('/admin/resume/bank/account/bob')
  })
})

describe('POST /admin/state', () => {
  test('writes every kind of state in the form in which it is shown, and clears it', async () => {
    const { act, json } = await open()
    await act('/admin/pause/bank/account/bob')
    const values = {
      balance: 7,
      recent: [{ amount: 2.5 }, { base64: Buffer.from('{"amount":4}').toString('base64') }],
      merchants: [{ key: 'shop', value: 2.5 }],
      secret: { hex: '00ff' },
      note: 'hello',
    }
    const edit = (body: object) => act('/admin/state/bank/account/bob', body)
    for (const [state, value] of Object.entries(values))
      expect(await edit({ state, value })).toEqual([200, { edited: state }])
    expect(await json('/admin/state/bank/account/bob')).toMatchObject({
      states: {
        balance: { value: 7 },
        recent: { items: [{ amount: 2.5 }, { amount: 4 }] },
        merchants: { entries: [{ key: 'shop', value: 2.5 }] },
        secret: { value: { base64: 'AP8=' } },
        note: { value: 'hello', expiresAt: since },
      },
    })
    for (const state of Object.keys(values)) await edit({ state, clear: true })
    expect(await json('/admin/state/bank/account/bob')).toMatchObject({ states: {}, stateBytes: 0 })
  })

  test.each([
    [{ state: 'balance', value: 'x' }, 400, 'bank/account.balance: "x" is not a whole number'],
    [{ state: 'recent', value: 5 }, 400, 'is a list: its value is an array'],
    [{ state: 'merchants', value: [5] }, 400, 'objects with key and value'],
    [{ state: 'secret', value: 'x' }, 400, '{"base64": "…"}'],
    [{ state: 'secret', value: { base64: '!' } }, 400, 'not base64'],
    [{ state: 'secret', value: { hex: '0' } }, 400, 'not hexadecimal'],
    [{ state: 'none', value: 1 }, 400, 'it has: balance, recent'],
    [{ state: 'balance' }, 400, 'the body lacks value'],
    [{ state: 'balance', valeu: 1 }, 400, 'allowed are state, value, clear'],
    [{ value: 1 }, 400, 'state must be a text'],
    [[1], 400, 'must be a JSON object'],
    [{ state: 'secret', value: { hex: '00'.repeat(11) } }, 413, 'limits.valueBytesMax'],
  ])('refuses %j', async (body, status, message) => {
    const { act } = await open({ limits: { valueBytesMax: 10 } })
    await act('/admin/pause/bank/account/bob')
    expect(await act('/admin/state/bank/account/bob', body)).toEqual([
      status,
      { code: expect.any(String), message: expect.stringContaining(message) },
    ])
  })

  test('refuses an address that may be processed at any moment, or is being', async () => {
    const { act, post, running, release } = await open()
    const body = { state: 'balance', value: 1 }
    expect(await act('/admin/state/bank/account/bob', body)).toMatchObject([409, { code: 'ADDRESS_NOT_STOPPED' }])
    const call = post('/call/bank/account/bob/hang')
    await eventually(() => running.endpoints[0]?.messagesInFlight === 1)
    await act('/admin/pause/bank/account/bob')
    expect(await act('/admin/state/bank/account/bob', body)).toMatchObject([
      409,
      { message: expect.stringContaining('calls in flight') },
    ])
    release()
    await call
    expect((await act('/admin/state/bank/account/bob', body))[0]).toBe(200)
  })
})

test('metrics and status tell how many are parked and paused', async () => {
  const { spend, whenParked, act, ask, json } = await open()
  await spend('bob', 5)
  await whenParked(1)
  await act('/admin/pause/bank/account')
  const metrics = await (await ask('/metrics')).text()
  expect(metrics).toContain('millrace_parked_addresses 1')
  expect(metrics).toContain('millrace_parked_messages 1')
  expect(metrics).toContain('millrace_paused_functions 1')
  expect(metrics).toContain('code="HANDLER_FAILED",outcome="parked"} 1')
  expect(await json('/admin/status')).toMatchObject({
    now: { parkedAddresses: 1, parkedMessages: 1, pausedFunctions: 1, pausedAddresses: 0, pendingMessages: 0 },
  })
})
