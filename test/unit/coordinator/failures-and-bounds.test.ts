import { setTimeout as sleep } from 'node:timers/promises'
import { actor, int, request, string, value, TerminalError } from 'millrace'
import { describe, expect, test } from 'vitest'
import type { FunctionClient } from '../../../runtime/ports/function-client.ts'
import type { RequestAnswer } from '../../../runtime/coordinator/requests.ts'
import { ambiguous, FaultyLog } from '../log/faulty-log.ts'
import { FaultyStore } from '../log/faulty-store.ts'
import { byKey, callOf, counterHandlers, emitted, makeGate, out } from './counter.ts'
import { disturbed, impatient, makeRunning, quick } from './disturbed.ts'
import { idsOf } from '../shard/model.ts'
import { eventually, makeWorld, textOf } from './world.ts'

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

  test.each([
    ['by the settings where its function declares no policy', {}, '2'],
    ['by its function’s own policy where there is one, whatever the settings say', { client: impatient }, '3'],
  ])('one that fails is tried again %s', async (_, options, attempts) => {
    const settings = { failure: { ...quick, attemptsMax: 2 } }
    const { world, dead } = await makeRunning({ ...options, settings })
    world.feed('bob', 'fail')
    await world.start()
    await eventually(async () => (await dead()).length > 0)
    expect(await dead()).toMatchObject([{ value: 'fail', attempts }])
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

  test('while Kafka takes nothing messages from outside are taken up to a bound, and all are published once it does', async () => {
    const { world, outs } = await makeRunning({ limits: { unpublishedBytesMax: 3_500 } })
    const kafka = new FaultyLog(world.log.connect())
    let away = true
    kafka.script = (verb) => (away && verb === 'end' ? ambiguous : undefined)
    const running = await world.start({ kafka })
    const taken: string[] = []
    for (let i = 0; ; i++) {
      const answer = await callOf(running, 'bob', `${i}`).answer
      if (answer.kind === 'refused') {
        expect(answer).toMatchObject({ why: 'busy', message: expect.stringContaining('Kafka') })
        break
      }
      taken.push(`bob:${i}:${i + 1}`)
      expect(taken.length).toBeLessThan(10)
    }
    expect(taken.length).toBeGreaterThan(4)
    expect(await outs()).toEqual([])
    away = false
    await eventually(async () => (await outs()).length >= taken.length)
    expect(await outs()).toEqual(taken)
    expect(await callOf(running, 'bob', 'x').answer).toMatchObject({ kind: 'replied' })
  })

  test('while the store takes nothing messages from outside are taken up to a full window', async () => {
    const stores: FaultyStore[] = []
    const { world } = await makeRunning({
      limits: { windowBytesMax: 20_000 },
      store: (real) => stores[0] ?? (stores[0] = new FaultyStore(real)),
    })
    const running = await world.start()
    const gate = makeGate()
    stores[0]!.script = async (verb) => void (verb === 'putIfAbsent' && (await gate.passed))
    const asked: Promise<RequestAnswer>[] = []
    let refused: RequestAnswer | undefined
    const text = 'x'.repeat(1_000)
    while (!refused) {
      const { answer } = callOf(running, `k${asked.length}`, text)
      asked.push(answer)
      expect(asked.length).toBeLessThan(200)
      // What is refused is answered at once.
      refused = await Promise.race([answer, sleep(5, undefined)])
    }
    expect(refused).toMatchObject({ kind: 'refused', why: 'busy', message: expect.stringContaining('windowBytesMax') })
    gate.open()
    const answers = await Promise.all(asked.slice(0, -1))
    expect(answers.length).toBeGreaterThan(5)
    for (const answer of answers) expect(answer).toMatchObject({ kind: 'replied' })
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
  const live = await first.read((shard) => idsOf(shard))
  first.drain()
  await first.ended
  const second = await world.start()
  expect(await second.read((shard) => idsOf(shard))).toEqual(live)
  expect(live).toEqual(['\ufffd'])
})
