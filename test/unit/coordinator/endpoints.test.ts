import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { FunctionClient } from '../../../runtime/ports/function-client.ts'
import { byKey, counterHandlers, emitted, patientCounter } from './counter.ts'
import { disturbed, failedWhole, impatient, makeRunning } from './disturbed.ts'
import { eventually, makeWorld } from './world.ts'

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

test('a few messages that take long hold up neither intake nor those that were sent with them', async () => {
  const { open, patient } = patientCounter()
  const world = await makeWorld([patient], { routes: [byKey] })
  // More than are taken in while nothing of them is answered, by far.
  for (let i = 0; i < 6_000; i++) world.feed(`k${i}`, i % 100 === 0 ? 'slow' : 'quick')
  const [binding] = world.topology.bindings
  const bindings = [{ ...binding!, requestsInFlightMax: 100, addressesPerRequestMax: 1_000 }]
  const running = await world.start({ topology: { bindings } })
  await eventually(async () => (await world.committed('out')).length === 5_940)
  expect(open).toHaveLength(60)
  for (const go of open) go()
  await eventually(async () => (await world.committed('out')).length === 6_000)
  running.drain()
  expect(await running.ended).toBe('drained')
})
