import { actor, int, request, string, value, TerminalError } from 'millrace'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { FunctionClient } from '../../../runtime/ports/function-client.ts'
import { EndpointError } from '../../../runtime/ports/function-client.ts'
import { byKey, callOf, counter, counterHandlers, emitted, makeGate, out } from './counter.ts'
import { eventually, makeWorld, textOf, type WorldOptions } from './world.ts'

/** An endpoint that a test may disturb; requests count what was asked. */
const disturbed = (act: (request: string, n: number) => Promise<void> | void) => {
  const seen: string[] = []
  const client = (real: FunctionClient): FunctionClient => ({
    ...real,
    invoke: async (body, onBytes, options) => {
      const text = Buffer.from(body).toString('latin1')
      seen.push(text)
      await act(text, seen.length)
      return real.invoke(body, onBytes, options)
    },
  })
  return { seen, client }
}
const failedWhole = (reason: 'failed' | 'unreachable' | 'too-large') =>
  new EndpointError('ENDPOINT_UNAVAILABLE', reason, `it ${reason}`)
const quick = { attemptsMax: 3, firstDelayMs: 1, maxDelayMs: 2, onFailure: 'deadLetter' as const }
/** As `counterHandlers`, with few and fast tries. */
const impatient = (real: FunctionClient): FunctionClient => ({
  ...real,
  discover: async () => {
    const discovery = await real.discover()
    return { ...discovery, functions: discovery.functions.map((spec) => ({ ...spec, failure: quick })) }
  },
})
const makeRunning = async (options: WorldOptions = {}) => {
  const world = await makeWorld([counterHandlers], { routes: [byKey], ...options })
  const outs = async () => emitted(await world.committed('out'))
  const dead = async () =>
    (await world.committed('dead')).map(({ key, value, headers }) => ({
      key: textOf(key),
      value: textOf(value),
      ...Object.fromEntries(headers.map(([name, text]) => [name.replace('millrace-', ''), textOf(text)])),
    }))
  return { world, outs, dead }
}

describe('a poison address, with which requests fail as a whole', () => {
  test('is found by halving; it alone is dead-lettered, and others go on', async () => {
    const { seen, client } = disturbed((text) => {
      if (text.includes('poison')) throw failedWhole('failed')
    })
    const { world, outs, dead } = await makeRunning({ client: (real) => client(impatient(real)) })
    for (let i = 0; i < 60; i++) world.feed(`k${i}`, 'a')
    world.feed('poison', 'a')
    for (let i = 60; i < 100; i++) world.feed(`k${i}`, 'a')
    const running = await world.start()
    await eventually(async () => (await outs()).length >= 100)
    // Others keep the endpoint answering, which tells that it is the address that is to blame.
    let n = 0
    await eventually(async () => {
      world.feed(`more${n++}`, 'a')
      return (await dead()).length > 0
    })
    expect(await dead()).toMatchObject([
      {
        key: 'poison',
        value: 'a',
        'error-code': 'ENDPOINT_UNAVAILABLE',
        attempts: '3',
        address: 'test/counter/poison',
      },
    ])
    expect(new Set(await outs()).size).toBe((await outs()).length)
    expect(seen.filter((text) => text.includes('poison')).length).toBeLessThan(60)
    await eventually(async () => (await outs()).length >= 100 + n)
    running.drain()
    await running.ended
    expect((await outs()).length).toBe(100 + n)
  })

  test('a message with which alone it fails does not take those behind it along', async () => {
    const { client } = disturbed((text) => {
      if (text.includes('venom')) throw failedWhole('failed')
    })
    const { world, outs, dead } = await makeRunning({ client: (real) => client(impatient(real)) })
    for (const text of ['a', 'b', 'venom', 'c', 'd']) world.feed('bob', text)
    await world.start()
    let n = 0
    await eventually(async () => {
      world.feed(`more${n++}`, 'a')
      return (await outs()).filter((text) => text.startsWith('bob')).length >= 4
    })
    expect((await outs()).filter((text) => text.startsWith('bob'))).toEqual([
      'bob:a:1',
      'bob:b:2',
      'bob:c:3',
      'bob:d:4',
    ])
    expect(await dead()).toMatchObject([{ value: 'venom' }])
  })

  test('what is too large for the endpoint is not tried again', async () => {
    const { client } = disturbed((text) => {
      if (text.includes('poison')) throw failedWhole('too-large')
    })
    const { world, outs, dead } = await makeRunning({ client: (real) => client(impatient(real)) })
    for (const key of ['a', 'b', 'poison', 'c']) world.feed(key, 'x')
    await world.start()
    await eventually(async () => (await outs()).length >= 3 && (await dead()).length >= 1)
    expect(await dead()).toMatchObject([{ key: 'poison', 'error-code': 'LIMIT_EXCEEDED', attempts: '1' }])
  })
})

describe('an endpoint that is down', () => {
  test.each(['failed', 'unreachable'] as const)(
    '(%s) costs nobody an attempt, and all goes on when it is back',
    async (reason) => {
      let down = true
      const attempts: number[] = []
      const { seen, client } = disturbed(() => {
        if (down) throw failedWhole(reason)
      })
      const { world, outs, dead } = await makeRunning({ client: (real) => client(impatient(real)) })
      for (let i = 0; i < 20; i++) world.feed(`k${i % 5}`, 'a')
      const running = await world.start()
      await eventually(() => seen.length >= 6)
      const failures = await running.read((shard) => [...shard.openEntries()].map((message) => message.failures))
      attempts.push(...failures)
      down = false
      await eventually(async () => (await outs()).length >= 20)
      expect(attempts.length).toBeGreaterThan(0)
      expect(new Set(attempts)).toEqual(new Set([0]))
      expect(await dead()).toEqual([])
      expect((await outs()).filter((text) => text.startsWith('k0:')).at(-1)).toBe('k0:a:4')
    },
  )

  test('costs no attempt when there is only one message to ask it for', async () => {
    const { seen, client } = disturbed((_, n) => {
      if (n <= 4) throw failedWhole('failed')
    })
    const { world, outs, dead } = await makeRunning({ client: (real) => client(impatient(real)) })
    world.feed('bob', 'a')
    const running = await world.start()
    await eventually(() => seen.length >= 4)
    expect(await running.read((shard) => [...shard.openEntries()].map(({ failures }) => failures))).toEqual([0])
    await eventually(async () => (await outs()).length >= 1)
    expect(await dead()).toEqual([])
  })

  test('is asked again though the clock was set back meanwhile', async () => {
    let back = 0
    const { client } = disturbed((_, n) => {
      if (n > 2) return
      back = 50_000
      throw failedWhole('unreachable')
    })
    const { world, outs } = await makeRunning({ client })
    world.feed('bob', 'a')
    await world.start({ clock: { ...systemClock, now: () => systemClock.now() - back } })
    await eventually(async () => (await outs()).length >= 1)
  })

  test('is asked less and less, one request at a time', async () => {
    let most = 0
    let now = 0
    const times: number[] = []
    const { seen, client } = disturbed(async (_, n) => {
      now++
      if (n > 4) most = Math.max(most, now)
      times.push(performance.now())
      await new Promise((resolve) => setTimeout(resolve, 1))
      now--
      throw failedWhole('failed')
    })
    const { world } = await makeRunning({ client })
    for (let i = 0; i < 400; i++) world.feed(`k${i}`, 'a')
    await world.start()
    await eventually(() => performance.now() - (times[0] ?? Infinity) > 1_500)
    expect(seen.length).toBeLessThan(15)
    expect(most).toBe(1)
  })
})

describe('an answer that breaks off or is wrong', () => {
  test('results before the cut count; only the rest is asked again', async () => {
    const world = await makeWorld([counterHandlers], { routes: [byKey] })
    let cuts = 0
    const client: FunctionClient = {
      ...world.local,
      invoke: async (body, onBytes, options) => {
        const parts: Uint8Array[] = []
        const end = await world.local.invoke(body, (bytes) => parts.push(bytes.slice()), options)
        const whole = Buffer.concat(parts)
        if (cuts++ > 2) return (onBytes(whole), end)
        onBytes(whole.subarray(0, whole.length / 2))
        throw failedWhole('failed')
      },
    }
    for (let i = 0; i < 50; i++) world.feed(`k${i}`, 'a')
    await world.start({ client })
    const outs = async () => emitted(await world.committed('out'))
    await eventually(async () => (await outs()).length >= 50)
    expect((await outs()).every((text) => text.endsWith(':1'))).toBe(true)
    expect(new Set(await outs()).size).toBe(50)
  })

  test('garbage costs nobody an attempt', async () => {
    const { world, outs, dead } = await makeRunning()
    let garbage = 3
    const client: FunctionClient = {
      ...world.local,
      invoke: async (body, onBytes, options) => {
        if (garbage-- > 0) return (onBytes(Uint8Array.of(9, 255, 255, 1, 2)), { version: undefined })
        return world.local.invoke(body, onBytes, options)
      },
    }
    for (let i = 0; i < 8; i++) world.feed(`k${i}`, 'a')
    await world.start({ client })
    await eventually(async () => (await outs()).length >= 8)
    expect(await dead()).toEqual([])
  })
})

describe('messages that cannot be processed', () => {
  test('one that fails each time is a dead letter with its record, and those behind it follow', async () => {
    const { world, outs, dead } = await makeRunning({ client: impatient })
    for (const text of ['a', 'fail', 'b']) world.feed('bob', text)
    await world.start()
    await eventually(async () => (await outs()).length >= 2 && (await dead()).length >= 1)
    expect(await outs()).toEqual(['bob:a:1', 'bob:b:2'])
    expect(await dead()).toMatchObject([
      {
        key: 'bob',
        value: 'fail',
        error: expect.stringContaining('as asked'),
        attempts: '3',
        topic: 'in',
        address: 'test/counter/bob',
      },
    ])
  })

  test('a function that nobody serves, a route that throws, a payload or an id beyond its limit', async () => {
    const routes = [
      byKey,
      {
        ingress: 'in',
        messagesOf: (record: { key: Uint8Array | null }) => {
          const key = textOf(record.key)
          if (key === 'throws') throw new Error('no such field')
          if (key === 'unknown') return [{ typename: 'test/nobody', id: 'x', message: 'm', payload: undefined }]
          if (key === 'large')
            return [{ typename: 'test/counter', id: 'x', message: 'add', payload: new Uint8Array(101) }]
          if (key === 'long')
            return [{ typename: 'test/counter', id: 'x'.repeat(11), message: 'add', payload: undefined }]
          return []
        },
      },
    ]
    const { world, outs, dead } = await makeRunning({ routes, limits: { valueBytesMax: 100, idBytesMax: 10 } })
    for (const key of ['throws', 'unknown', 'large', 'long', 'good']) world.feed(key, 'v')
    await world.start()
    await eventually(async () => (await outs()).length >= 5 && (await dead()).length >= 4)
    const letters = new Map((await dead()).map((letter) => [letter.key, letter]))
    expect(letters.get('throws')).toMatchObject({ 'error-code': 'ROUTE_INVALID', error: 'no such field', value: 'v' })
    expect(letters.get('unknown')).toMatchObject({
      'error-code': 'FUNCTION_UNKNOWN',
      address: 'test/nobody/x',
      value: 'v',
    })
    expect(letters.get('large')).toMatchObject({
      'error-code': 'LIMIT_EXCEEDED',
      error: expect.stringContaining('limits.valueBytesMax'),
    })
    expect(letters.get('long')).toMatchObject({
      'error-code': 'LIMIT_EXCEEDED',
      error: expect.stringContaining('limits.idBytesMax'),
    })
  })

  test('a TerminalError is not tried again; a result beyond a limit names it', async () => {
    const picky = actor('test/counter', {
      state: { count: value(string) },
      messages: { add: string, call: request(string, int) },
    })
    let tries = 0
    const handlers = picky.handle({
      add(ctx, text) {
        tries++
        if (text === 'terminal') throw new TerminalError('never')
        if (text === 'large') ctx.state.count = 'x'.repeat(5_000)
        if (text === 'emit') ctx.emit(out, { key: ctx.id, value: 'x'.repeat(5_000) })
      },
      call: () => 1,
    })
    const world = await makeWorld([handlers], { routes: [byKey], limits: { valueBytesMax: 1_000 } })
    for (const text of ['terminal', 'large', 'emit']) world.feed('bob', text)
    await world.start()
    const dead = async () =>
      (await world.committed('dead')).map(({ headers }) => headers.map(([, text]) => textOf(text)).join(' '))
    await eventually(async () => (await dead()).length >= 3)
    expect((await dead()).join('\n')).toMatch(
      /never[\s\S]*state count[\s\S]*limits\.valueBytesMax[\s\S]*egress out[\s\S]*limits\.valueBytesMax/,
    )
    expect(tries).toBeLessThan(9)
  })
})

describe('declared state that has changed', () => {
  test('holds that function only, names it, and goes on when it fits again', async () => {
    const other = actor('test/other', { state: {}, messages: { add: string } })
    const otherHandlers = other.handle({ add: (ctx, text) => ctx.emit(out, { key: ctx.id, value: text }) })
    const changed = actor('test/counter', {
      state: { count: value(string) },
      messages: { add: string, call: request(string, int) },
    })
    const changedHandlers = changed.handle({ add: () => undefined, call: () => 7 })
    const routes = [
      byKey,
      {
        ...byKey,
        messagesOf: (record: Parameters<typeof byKey.messagesOf>[0]) =>
          byKey.messagesOf(record).map((message) => ({ ...message, typename: 'test/other' })),
      },
    ]
    const world = await makeWorld([counterHandlers, otherHandlers], { routes })
    const outs = async () => emitted(await world.committed('out'))
    world.feed('bob', 'a')
    const first = await world.start()
    await eventually(async () => (await outs()).length >= 2)
    first.drain()
    await first.ended
    const second = await world.start({ implementations: [changedHandlers, otherHandlers] })
    world.feed('bob', 'b')
    await eventually(async () => (await outs()).length >= 3)
    expect(await outs()).toContain('b')
    expect(await second.read((shard) => [...shard.openEntries()].length)).toBe(1)
    const held = second.endpoints[0]?.held.get('test/counter')
    expect(held).toMatch(/test\/counter\.count.*int.*string/)
    second.drain()
    await second.ended
    await world.start()
    await eventually(async () => (await outs()).length >= 4)
    expect(await outs()).toContain('bob:b:2')
  })
})

describe('bounds and stopping', () => {
  test('a lane at its bound holds intake, and intake goes on when it has drained', async () => {
    const gate = makeGate()
    const { seen, client } = disturbed(() => gate.passed)
    const { world, outs } = await makeRunning({ client, limits: { laneMessagesMax: 20 } })
    for (let i = 0; i < 3_000; i++) world.feed('bob', `${i}`)
    const running = await world.start()
    await eventually(() => seen.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 100))
    // One portion of records is routed whole.
    const waiting = await running.read((shard) => shard.pendingMessages)
    expect(waiting).toBeGreaterThanOrEqual(20)
    expect(waiting).toBeLessThanOrEqual(1_020)
    expect(await callOf(running, 'bob', 'x').answer).toMatchObject({ kind: 'refused', why: 'busy' })
    gate.open()
    await eventually(async () => (await outs()).length >= 3_000)
    expect((await outs()).at(-1)).toBe('bob:2999:3000')
  })

  test('a drain writes what is with handlers as pending, and the next start finishes it, once', async () => {
    const gate = makeGate()
    const { seen, client } = disturbed(() => gate.passed)
    const { world, outs } = await makeRunning({ client, settings: { shutdown: { deadlineMs: 100 } } })
    for (let i = 0; i < 30; i++) world.feed(`k${i % 3}`, `${i}`)
    const first = await world.start()
    await eventually(() => seen.length > 0)
    first.drain()
    expect(await callOf(first, 'bob', 'x').answer).toMatchObject({ kind: 'refused', why: 'unavailable' })
    expect(await first.ended).toBe('drained')
    gate.open()
    expect(await outs()).toEqual([])
    const second = await world.start()
    await eventually(async () => (await outs()).length >= 30)
    second.drain()
    await second.ended
    expect(new Set(await outs()).size).toBe(30)
    expect((await outs()).filter((text) => text.startsWith('k0:')).map((text) => text.split(':')[1])).toEqual(
      Array.from({ length: 10 }, (_, i) => `${3 * i}`),
    )
  })

  test('a failing message keeps its tries over a restart', async () => {
    const slow = (real: FunctionClient): FunctionClient => ({
      ...impatient(real),
      discover: async () => {
        const discovery = await real.discover()
        const failure = { ...quick, attemptsMax: 4, firstDelayMs: 30, maxDelayMs: 30 }
        return { ...discovery, functions: discovery.functions.map((spec) => ({ ...spec, failure })) }
      },
    })
    const { world, dead } = await makeRunning({ client: slow })
    world.feed('bob', 'fail')
    let running = await world.start()
    await eventually(() => running.read((shard) => [...shard.openEntries()].some(({ failures }) => failures >= 2)))
    running.drain()
    await running.ended
    running = await world.start()
    const failures = await running.read((shard) => [...shard.openEntries()].map((message) => message.failures))
    expect(failures.every((count) => count >= 2)).toBe(true)
    await eventually(async () => (await dead()).length > 0)
    expect(await dead()).toMatchObject([{ attempts: '4' }])
  })
})

test('ids that differ in nothing but a lone surrogate, which no UTF-8 has, are one address from the start', async () => {
  const { world, outs } = await makeRunning({
    routes: [
      {
        ...byKey,
        messagesOf: (record) =>
          byKey
            .messagesOf(record)
            .map((message) => ({ ...message, id: textOf(record.key) === 'a' ? '\ud800' : '\ud801' })),
      },
    ],
  })
  world.feed('a', '1')
  world.feed('b', '2')
  const first = await world.start()
  await eventually(async () => (await outs()).length >= 2)
  const live = await first.read((shard) => [...shard.tables[0]!.actors.keys()])
  first.drain()
  await first.ended
  const second = await world.start()
  expect(await second.read((shard) => [...shard.tables[0]!.actors.keys()])).toEqual(live)
  expect(live).toEqual(['\ufffd'])
  expect(counter.typename).toBe('test/counter')
})
