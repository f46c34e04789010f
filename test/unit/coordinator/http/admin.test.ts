import { afterEach, describe, expect, test } from 'vitest'
import { MillraceError } from '../../../../runtime/model/errors.ts'
import { int } from 'millrace'
import { asBuffer } from '../../../../runtime/protocol/as-buffer.ts'
import { EndpointError } from '../../../../runtime/ports/function-client.ts'
import { eventually, textOf } from '../world.ts'
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
const byKey = {
  ingress: 'in',
  messagesOf: (record: { key: Uint8Array | null }) => [
    { typename: 'bank/account', id: textOf(record.key), message: 'deposit', payload: int.encode(1) },
  ],
}

describe('GET /admin/state', () => {
  test('shows every kind of state as JSON, bytes in base64, expiry, and what is pending', async () => {
    const { post, ask } = await open()
    const url = '/bank/account/bob'
    await post(`/call${url}/deposit`, '5')
    await post(`/call${url}/note`, '"hello"')
    await post(`/call${url}/rich`, '{"amount":2.5,"to":"shop"}')
    await post(`/call${url}/seal`, asBuffer(Uint8Array.of(0, 255)))
    await post(`/call${url}/later`, '9')
    const shown = await ask(`/admin/state${url}`)
    expect([shown.status, await shown.json()]).toEqual([
      200,
      {
        address: 'bank/account/bob',
        states: {
          balance: { version: 1, kind: 'value', typename: 'io.statefun.types/int', value: 5 },
          recent: { version: 1, kind: 'list', typename: 'bank/account.recent', items: [{ amount: 2.5 }], size: 1 },
          merchants: {
            version: 1,
            kind: 'map',
            typename: 'io.statefun.types/double',
            keyTypename: 'io.statefun.types/string',
            entries: [{ key: 'shop', value: 2.5 }],
            size: 1,
          },
          secret: { version: 1, kind: 'value', typename: 'io.millrace.types/bytes', value: { base64: 'AP8=' } },
          note: {
            version: 1,
            kind: 'value',
            typename: 'io.statefun.types/string',
            value: 'hello',
            expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
          },
        },
        pendingMessages: 0,
        inFlightMessages: 0,
        failures: 0,
        delayedMessages: 1,
        stateBytes: expect.any(Number),
      },
    ])
  })

  test('shows messages that a handler is working on', async () => {
    const { post, ask, release, running } = await open()
    const call = post('/call/bank/account/bob/hang')
    await eventually(() => running.endpoints[0]?.messagesInFlight === 1)
    expect(await (await ask('/admin/state/bank/account/bob')).json()).toMatchObject({
      pendingMessages: 1,
      inFlightMessages: 1,
    })
    release()
    await call
  })

  test('is 404 where nothing is known, or no longer', async () => {
    const { post, ask } = await open()
    expect((await ask('/admin/state/bank/account/bob')).status).toBe(404)
    expect((await ask('/admin/state/no/such/bob')).status).toBe(404)
    await post('/call/bank/account/bob/deposit', '5')
    expect((await ask('/admin/state/bank/account/bob')).status).toBe(200)
    await post('/call/bank/account/bob/clear')
    const gone = await ask('/admin/state/bank/account/bob')
    expect([gone.status, await gone.json()]).toEqual([
      404,
      { code: 'NOT_FOUND', message: 'nothing is known of bank/account/bob' },
    ])
  })

  test('shows nothing that is not committed: it waits, and gives up in time', async () => {
    let stuck = false
    let free = (): void => undefined
    const { post, ask } = await open({
      app: { callTimeoutMs: 50 },
      store: (real) => ({
        ...real,
        get: (key) => real.get(key),
        putIfMatch: (...put) => real.putIfMatch(...put),
        put: (...put) => real.put(...put),
        list: (prefix) => real.list(prefix),
        delete: (keys) => real.delete(keys),
        close: () => real.close(),
        putIfAbsent: async (...put) => {
          if (stuck) await new Promise<void>((resolve) => (free = resolve))
          return real.putIfAbsent(...put)
        },
      }),
    })
    await post('/call/bank/account/bob/deposit', '5')
    stuck = true
    expect((await post('/send/bank/account/bob/deposit', '5')).status).toBe(504)
    expect((await ask('/admin/state/bank/account/bob')).status).toBe(504)
    stuck = false
    free()
    await eventually(async () => (await ask('/admin/state/bank/account/bob')).status === 200)
    expect(await (await ask('/admin/state/bank/account/bob')).json()).toMatchObject({
      states: { balance: { value: 10 } },
    })
  })

  test('is refused by a coordinator that another has taken over, before it has noticed', async () => {
    const world = await open()
    await world.post('/call/bank/account/bob/deposit', '5')
    const second = await world.start()
    const refused = await world.ask('/admin/state/bank/account/bob')
    expect([refused.status, await refused.json()]).toEqual([503, expect.objectContaining({ code: 'FENCED' })])
    second.drain()
    await second.ended
  })

  test('is 503 while the store cannot say who owns the application', async () => {
    let down = false
    const { ask } = await open({
      store: (real) => {
        const get = (key: string) =>
          down ? Promise.reject(new MillraceError('STORE_UNAVAILABLE', 'the bucket does not answer')) : real.get(key)
        return new Proxy(real, {
          get: (target, name) => (name === 'get' ? get : Reflect.get(target, name).bind(target)),
        })
      },
    })
    down = true
    const refused = await ask('/admin/state/bank/account/bob')
    expect([refused.status, await refused.json()]).toEqual([
      503,
      { code: 'STORE_UNAVAILABLE', message: 'the bucket does not answer' },
    ])
    expect((await ask('/admin/status')).status).toBe(200)
    down = false
  })
})

describe('what else an admin sees', () => {
  test('functions with their declarations and their endpoint', async () => {
    const { ask } = await open()
    expect(await (await ask('/admin/functions')).json()).toMatchObject({
      functions: [
        {
          typename: 'bank/account',
          endpoint: { url: 'local', state: 'healthy', lastError: null },
          held: null,
          messages: expect.arrayContaining([
            { name: 'flag', typename: 'io.statefun.types/bool', replyTypename: 'io.statefun.types/bool' },
          ]),
          states: expect.arrayContaining([expect.objectContaining({ name: 'recent', kind: 'list' })]),
          failure: null,
        },
      ],
    })
  })

  test('positions of all partitions, with their lag', async () => {
    const { ask, feed } = await open({ routes: [byKey] })
    for (let i = 0; i < 20; i++) feed(`k${i}`, '')
    type Position = { ingress: string; topic: string; partition: number; offset: number; lag: number }
    const positions = await eventually(async () => {
      const said = (await (await ask('/admin/positions')).json()) as { positions: Position[] }
      return said.positions.reduce((sum, { offset }) => sum + offset, 0) === 20 && said.positions
    })
    expect(positions.map(({ ingress, topic, partition, lag }) => [ingress, topic, partition, lag])).toEqual(
      expect.arrayContaining([
        ['in', 'in', 0, 0],
        ['in', 'in', 3, 0],
      ]),
    )
  })

  test('undeliverable records, with key and reason but not the value, and lets them be retried', async () => {
    const { ask, running, committed } = await open()
    expect(await (await ask('/admin/egress')).json()).toEqual({ total: 0, records: [] })
    const place = { log: 'l', window: 3, index: 1 }
    await running.read((shard) =>
      shard.keepUndelivered({
        place,
        topic: 'out',
        reason: 'too large',
        key: Uint8Array.of(0xff),
        value: new Uint8Array(9),
        headers: [],
        timestampMs: undefined,
      }),
    )
    expect(await (await ask('/admin/egress')).json()).toEqual({
      total: 1,
      records: [{ ...place, topic: 'out', reason: 'too large', key: { base64: '/w==' }, valueBytes: 9 }],
    })
    // Log `l` is no log of this application any more: it is published to its end.
    const retry = async (query: string) => (await ask(`/admin/egress/retry${query}`, { method: 'POST' })).json()
    expect(await retry('?topic=in')).toEqual({ retried: 0 })
    expect(await retry('?topic=out')).toEqual({ retried: 1 })
    expect(await (await ask('/admin/egress')).json()).toEqual({ total: 0, records: [] })
    expect(await eventually(async () => (await committed('out')).map(({ value }) => value?.length)[0])).toBe(9)
  })

  test('nothing but status, health and readiness before the coordinator has started', async () => {
    const { ask, holder } = await open()
    holder.running = undefined
    for (const path of ['/admin/functions', '/admin/positions', '/admin/egress', '/admin/state/a/b/c'])
      expect((await ask(path)).status).toBe(503)
    expect(await (await ask('/admin/status')).json()).toMatchObject({
      application: 'bank',
      state: 'starting',
      ready: false,
    })
    expect((await ask('/metrics')).status).toBe(200)
  })
})

describe('GET /admin/status', () => {
  test('tells of throughput, latency, lag, endpoints and failures of the last seconds', async () => {
    const { ask, post, feed } = await open({ routes: [byKey] })
    expect(await (await ask('/admin/status')).json()).toMatchObject({
      perSecond: { records: null },
      totals: { records: 0 },
    })
    await new Promise((resolve) => setTimeout(resolve, 550))
    for (let i = 0; i < 200; i++) feed(`k${i % 7}`, '')
    await post('/call/bank/account/bob/refuse', '"no"')
    const status = await eventually(async () => {
      const said = (await (await ask('/admin/status')).json()) as Record<string, Record<string, unknown>>
      return said['totals']?.['records'] === 200 && said['totals']['messages'] !== 0 && said
    })
    expect(status).toMatchObject({
      application: 'bank',
      state: 'running',
      ready: true,
      reasons: [],
      totals: { records: 200, retries: 0, deadLetters: 1, requests: 1 },
      now: { requestsInFlight: expect.any(Number), lag: 0, undeliveredRecords: 0, addresses: expect.any(Number) },
      latency: { commit: { p50Ms: expect.any(Number), p99Ms: expect.any(Number) } },
      functions: [{ typename: 'bank/account', endpoint: 'local', held: null }],
      endpoints: [{ endpoint: 'local', state: 'healthy', lastError: null }],
    })
    expect(status['perSecond']?.['records']).toBeGreaterThan(0)
    expect(status['lag']).toHaveLength(4)
  })

  test('names an endpoint that fails, and why', async () => {
    let failing = false
    const { ask, post } = await open({
      app: { callTimeoutMs: 50 },
      client: (real) => ({
        discover: () => real.discover(),
        close: () => real.close(),
        invoke: (...call) =>
          failing
            ? Promise.reject(new EndpointError('ENDPOINT_UNAVAILABLE', 'unreachable', 'connection refused'))
            : real.invoke(...call),
      }),
    })
    failing = true
    await post('/call/bank/account/bob/balance')
    expect(await (await ask('/admin/status')).json()).toMatchObject({
      endpoints: [{ endpoint: 'local', state: 'failing', lastError: expect.stringContaining('connection refused') }],
    })
    failing = false
  })
})

describe('health, readiness and metrics', () => {
  test('the process is alive whatever its coordinator does', async () => {
    const { ask, holder } = await open()
    holder.running = undefined
    expect([(await ask('/health')).status, (await ask('/ready')).status]).toEqual([200, 503])
  })

  test('ready tells why not: starting, a function that nobody serves, stopping, ended', async () => {
    const { ask, holder, running } = await open()
    expect([(await ask('/ready')).status, await (await ask('/ready')).json()]).toEqual([200, { status: 'ready' }])
    holder.running = undefined
    expect(await (await ask('/ready')).json()).toMatchObject({ reasons: [expect.stringContaining('starting')] })
    holder.running = running
    running.endpoints[0]?.specs.clear()
    expect(await (await ask('/ready')).json()).toMatchObject({
      reasons: ['local has not been found to serve bank/account'],
    })
    running.drain()
    expect(await (await ask('/ready')).json()).toMatchObject({
      reasons: expect.arrayContaining(['the coordinator is stopping']),
    })
    await running.ended
    expect(await (await ask('/ready')).json()).toMatchObject({ reasons: ['the coordinator has ended'] })
  })

  test('metrics come in Prometheus text, each with HELP and TYPE', async () => {
    const { ask, post, feed } = await open({ routes: [byKey] })
    feed('a', '')
    await post('/call/bank/account/bob/deposit', '1')
    const response = await ask('/metrics')
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const lines = (await response.text()).split('\n')
    const names = [
      'records_total',
      'lag_records',
      'commit_seconds',
      'invocation_seconds',
      'in_flight_requests',
      'failures_total',
      'state_bytes',
    ]
    for (const name of names.map((each) => `millrace_${each}`)) {
      expect(lines.some((line) => line.startsWith(`# HELP ${name} `))).toBe(true)
      expect(lines.some((line) => line.startsWith(`# TYPE ${name} `))).toBe(true)
    }
    expect(lines).toContain('millrace_requests_total{kind="call"} 1')
  })
})
