import { describe, expect, test } from 'vitest'
import { manifestKey } from '../../../runtime/log/names.ts'
import { decodeManifest } from '../../../runtime/log/manifest.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { FaultyLog } from '../log/faulty-log.ts'
import { FaultyStore } from '../log/faulty-store.ts'
import { byKey, callOf, counterHandlers, emitted, forever, makeGate } from './counter.ts'
import { eventually, makeWorld } from './world.ts'

const isWindow = (verb: string, key: string): boolean => verb === 'putIfAbsent' && /\/\d{12}$/.test(key)
const makeElder = async (settings = {}) => {
  const world = await makeWorld([counterHandlers], { routes: [byKey] })
  const store = new FaultyStore(world.store)
  const kafka = new FaultyLog(world.log.connect())
  const elder = await world.start({ store, kafka, settings })
  const outs = async () => emitted(await world.committed('out'))
  const manifest = async () => {
    for await (const { key } of world.store.list(''))
      if (key.endsWith('/manifest')) return decodeManifest((await world.store.get(key))!.bytes, key)
    throw new Error('no manifest')
  }
  return { world, store, kafka, elder, outs, manifest }
}
const settle = (ms = 50) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a coordinator that is taken over while it sleeps', () => {
  test('rules 5, 6 and 20: its PUT fails when it wakes, it answers nobody, publishes and trims nothing', async () => {
    const { world, store, elder, outs } = await makeElder({ checkpoint: { windowsMax: 2, bytesMax: 1 << 30 } })
    expect(await callOf(elder, 'bob', 'one').answer).toMatchObject({ kind: 'replied' })
    // What its own checkpoint before that may remove is removed by then.
    await settle(150)
    const asleep = makeGate()
    let sleeps = false
    store.script = async (_, __, bytes) => {
      // It falls asleep over the window that holds the call's effect.
      sleeps ||= Buffer.from(bytes ?? []).includes('bob:two:2')
      if (sleeps) await asleep.passed
    }
    const call = callOf(elder, 'bob', 'two', 'key')
    await eventually(() => sleeps)
    const heir = await world.start()
    const requests = store.requests.length
    asleep.open()
    expect(await elder.ended).toBe('fenced')
    await settle()
    expect(call.answered).toBeUndefined()
    expect(store.requests.slice(requests).filter(({ verb }) => verb === 'delete')).toEqual([])
    expect(await callOf(heir, 'bob', 'two', 'key').answer).toMatchObject({ kind: 'replied' })
    await eventually(async () => (await outs()).length >= 2)
    expect(await outs()).toEqual(['bob:one:1', 'bob:two:2'])
  })

  test('rules 4 and 5: it writes nothing after it has met the seal, though more has come meanwhile', async () => {
    const { world, store, elder } = await makeElder()
    expect(await callOf(elder, 'bob', 'one').answer).toMatchObject({ kind: 'replied' })
    const gate = makeGate()
    let held = 0
    store.script = async (verb, key) => {
      if (isWindow(verb, key) && ++held === 1) await gate.passed
    }
    void callOf(elder, 'bob', 'two')
    await eventually(() => held > 0)
    void callOf(elder, 'bob', 'three')
    await settle()
    await world.start()
    gate.open()
    expect(await elder.ended).toBe('fenced')
    await settle()
    expect(held).toBe(1)
  })

  test('rule 20: a checkpoint whose pointer was not written removes nothing', async () => {
    const { world, store, elder, manifest } = await makeElder({ checkpoint: { windowsMax: 2, bytesMax: 1 << 30 } })
    await callOf(elder, 'bob', 'one').answer
    await eventually(async () => (await manifest()).checkpoint)
    await settle(150)
    const gate = makeGate()
    let updates = 0
    store.script = async (verb) => {
      if (verb === 'putIfMatch' && ++updates > 0) await gate.passed
    }
    for (let i = 0; i < 6 && updates === 0; i++) {
      await callOf(elder, 'bob', 'more').answer
      await settle()
    }
    await eventually(() => updates > 0)
    await world.start()
    const requests = store.requests.length
    gate.open()
    expect(await elder.ended).toBe('fenced')
    await settle()
    expect(store.requests.slice(requests).filter(({ verb }) => verb === 'delete')).toEqual([])
    const last = await world.start()
    expect(await callOf(last, 'bob', 'last').answer).toMatchObject({ kind: 'replied' })
  })

  test('rule 20: a checkpoint is not pointed to before its window is committed', async () => {
    const { store, elder, manifest } = await makeElder({ checkpoint: { windowsMax: 1, bytesMax: 1 << 30 } })
    await callOf(elder, 'bob', 'one').answer
    await eventually(async () => (await manifest()).checkpoint)
    await settle(150)
    const before = (await manifest()).checkpoint?.number
    const from = store.requests.length
    const gate = makeGate()
    store.script = async (verb, key) => (isWindow(verb, key) ? void (await gate.passed) : undefined)
    void callOf(elder, 'bob', 'two')
    await eventually(() => store.requests.slice(from).some(({ verb }) => verb === 'put'))
    await settle(100)
    expect((await manifest()).checkpoint?.number).toBe(before)
    gate.open()
    await eventually(async () => (await manifest()).checkpoint?.number !== before)
  })

  test('rule 5: its PUT that took effect before the seal is answered, and counts once', async () => {
    const { world, store, elder, outs } = await makeElder()
    const gate = makeGate()
    let puts = 0
    store.script = async (verb, key, bytes) => {
      if (!isWindow(verb, key) || !Buffer.from(bytes ?? []).includes('bob:one:1')) return
      if (++puts === 1) return 'landed'
      await gate.passed
    }
    const call = callOf(elder, 'bob', 'one', 'key')
    await eventually(() => puts === 2)
    const heir = await world.start()
    const again = callOf(heir, 'bob', 'one', 'key')
    expect(await again.answer).toMatchObject({ kind: 'replied', reply: { ok: true } })
    gate.open()
    expect(await call.answer).toEqual(await again.answer)
    await eventually(async () => (await outs()).length >= 1)
    expect(await outs()).toEqual(['bob:one:1'])
  })

  test('rule 12: a fenced publisher looks past a window in doubt, finds the seal and stops; no duel', async () => {
    const { world, store, kafka, elder, outs } = await makeElder()
    await callOf(elder, 'bob', 'one').answer
    const ending = makeGate()
    kafka.script = async (verb) => (verb === 'end' ? void (await ending.passed) : undefined)
    await callOf(elder, 'bob', 'two').answer
    let puts = 0
    store.script = async (verb, key) => {
      if (isWindow(verb, key)) return ++puts === 1 ? ('landed' as const) : forever
    }
    void callOf(elder, 'bob', 'three')
    await eventually(() => puts === 2)
    const heir = await world.start()
    await eventually(async () => (await outs()).length >= 3)
    const startedMs = systemClock.monotonic()
    ending.open()
    expect(await elder.ended).toBe('fenced')
    // Sooner than its look at the manifest every 5 s would have told it.
    expect(systemClock.monotonic() - startedMs).toBeLessThan(4_000)
    await callOf(heir, 'bob', 'four').answer
    await eventually(async () => (await outs()).length >= 4)
    expect(await outs()).toEqual(['bob:one:1', 'bob:two:2', 'bob:three:3', 'bob:four:4'])
  })

  test('an idle one notices by the manifest', { timeout: 15_000 }, async () => {
    const { world, elder } = await makeElder()
    await world.start()
    expect(await elder.ended).toBe('fenced')
  })
})

describe('a coordinator that dies', () => {
  test('rule 19: what it committed and had not published is published by the next, before its own', async () => {
    const { world, store, kafka, elder, outs, manifest } = await makeElder()
    kafka.script = (verb) => (verb === 'flush' ? forever : undefined)
    for (const text of ['one', 'two', 'three']) await callOf(elder, 'bob', text).answer
    store.script = () => forever
    const heir = await world.start()
    await callOf(heir, 'bob', 'four').answer
    await eventually(async () => (await outs()).length >= 4)
    expect(await outs()).toEqual(['bob:one:1', 'bob:two:2', 'bob:three:3', 'bob:four:4'])
    expect((await manifest()).logs).toMatchObject([{ drained: true }, { drained: false }])
  })

  test('rule 19: a log whose publication was cut off by a stop is not called drained, and nothing of it is lost', async () => {
    const { world, store, kafka, elder, outs, manifest } = await makeElder()
    kafka.script = (verb) => (verb === 'flush' ? forever : undefined)
    for (const text of ['one', 'two', 'three']) await callOf(elder, 'bob', text).answer
    store.script = () => forever
    const slow = new FaultyLog(world.log.connect())
    const gate = makeGate()
    let ends = 0
    slow.script = async (verb) => (verb === 'end' && ++ends === 1 ? void (await gate.passed) : undefined)
    const stopped = await world.start({ kafka: slow, settings: { shutdown: { deadlineMs: 50 } } })
    await eventually(() => ends === 1)
    stopped.drain()
    expect(await stopped.ended).toBe('drained')
    gate.open()
    await settle()
    expect((await manifest()).logs[0]?.drained).toBe(false)
    const last = await world.start()
    await eventually(async () => (await manifest()).logs[0]?.drained)
    last.drain()
    await last.ended
    expect(await outs()).toEqual(['bob:one:1', 'bob:two:2', 'bob:three:3'])
  })

  test('rule 20: a checkpoint drops the logs before it, and the next start needs nothing of them', async () => {
    const { world, store, elder, outs, manifest } = await makeElder()
    for (const text of ['one', 'two']) await callOf(elder, 'bob', text).answer
    store.script = () => forever
    const heir = await world.start({ settings: { checkpoint: { windowsMax: 3, bytesMax: 1 << 30 } } })
    await eventually(async () => (await manifest()).logs[0]?.drained)
    for (let i = 0; i < 12; i++) await callOf(heir, 'bob', 'more').answer
    const { uuid, checkpoint, logs } = await eventually(async () => {
      const now = await manifest()
      return now.checkpoint && now
    })
    expect(logs).toHaveLength(1)
    await eventually(async () => {
      const keys: string[] = []
      for await (const { key } of world.store.list(`${uuid}/log/`)) if (/\d{12}$/.test(key)) keys.push(key)
      // Of the first log its seal stays; of the own one, windows up to the checkpoint go.
      return keys.filter((key) => !key.includes(checkpoint!.log)).length === 1 && keys.length <= 12
    })
    heir.drain()
    await heir.ended
    const last = await world.start()
    expect(await callOf(last, 'bob', 'last').answer).toMatchObject({ kind: 'replied' })
    await eventually(async () => (await outs()).length >= 15)
    expect((await outs()).map((text) => Number(text.split(':')[2]))).toEqual(
      Array.from({ length: 15 }, (_, i) => i + 1),
    )
    expect(await world.store.get(manifestKey(uuid))).toBeDefined()
  })

  test('rule 20: a checkpoint removes no window that is not published', async () => {
    const { world, store, kafka, elder, outs, manifest } = await makeElder({
      checkpoint: { windowsMax: 2, bytesMax: 1 << 30 },
    })
    kafka.script = (verb) => (verb === 'flush' ? forever : undefined)
    for (const text of ['one', 'two', 'three', 'four']) await callOf(elder, 'bob', text).answer
    await eventually(async () => ((await manifest()).checkpoint?.number ?? 0) >= 4)
    await settle()
    store.script = () => forever
    await world.start()
    await eventually(async () => (await outs()).length >= 4)
    expect(await outs()).toEqual(['bob:one:1', 'bob:two:2', 'bob:three:3', 'bob:four:4'])
  })

  test('rule 17: a record that no topic takes is kept once, also when it dies right afterwards', async () => {
    const { world, store, kafka, elder, outs } = await makeElder()
    await callOf(elder, 'bob', 'one').answer
    await eventually(async () => (await outs()).length === 1)
    const cause = new Error('too large')
    const rejected = { kind: 'rejected', topic: 'out', cause } as const
    let refused = 0
    kafka.script = (verb) => {
      if (verb === 'flush' && refused === 0) return (refused++, rejected)
      return refused > 0 && verb === 'producer' ? forever : undefined
    }
    await callOf(elder, 'bob', 'large').answer
    const kept = await eventually(async () =>
      elder.read((shard) => shard.undelivered.size === 1 && [...shard.undelivered.values()]),
    )
    expect(kept[0]).toMatchObject({ topic: 'out', reason: 'too large' })
    store.script = () => forever
    const heir = await world.start()
    await callOf(heir, 'bob', 'three').answer
    await eventually(async () => (await outs()).length >= 2)
    expect(await outs()).toEqual(['bob:one:1', 'bob:three:3'])
    expect(await heir.read((shard) => shard.undelivered.size)).toBe(1)
  })
})

describe('rule 6: a repeated idempotency key', () => {
  test('is answered only when the window of the first is committed', async () => {
    const { store, elder } = await makeElder()
    await callOf(elder, 'x', 'warm').answer
    const gate = makeGate()
    store.script = async (verb, key) => (isWindow(verb, key) ? void (await gate.passed) : undefined)
    const first = callOf(elder, 'bob', 'one', 'key')
    await settle()
    const second = callOf(elder, 'bob', 'one', 'key')
    await settle()
    expect([first.answered, second.answered]).toEqual([undefined, undefined])
    gate.open()
    expect(await second.answer).toEqual(await first.answer)
    const other = callOf(elder, 'bob', 'another body', 'key')
    expect(await other.answer).toMatchObject({ kind: 'refused', why: 'key-reused' })
  })

  test('is known after a crash, whether it had been answered or not', async () => {
    const { world, store, elder, outs } = await makeElder()
    const answered = await callOf(elder, 'bob', 'one', 'k1').answer
    let puts = 0
    store.script = (verb, key) => (isWindow(verb, key) ? (puts++ === 0 ? 'landed' : forever) : undefined)
    void callOf(elder, 'bob', 'two', 'k2')
    await eventually(() => puts === 2)
    store.script = () => forever
    const heir = await world.start()
    expect(await callOf(heir, 'bob', 'one', 'k1').answer).toEqual(answered)
    expect(await callOf(heir, 'bob', 'two', 'k2').answer).toMatchObject({ kind: 'replied', reply: { ok: true } })
    await eventually(async () => (await outs()).length >= 2)
    expect(await outs()).toEqual(['bob:one:1', 'bob:two:2'])
  })

  test('is answered when no more keys are taken', async () => {
    const world = await makeWorld([counterHandlers], { limits: { idempotencyKeysMax: 1 } })
    const running = await world.start()
    const first = await callOf(running, 'bob', 'one', 'k1').answer
    expect(await callOf(running, 'bob', 'two', 'k2').answer).toMatchObject({ kind: 'refused', why: 'keys-full' })
    expect(await callOf(running, 'bob', 'one', 'k1').answer).toEqual(first)
  })
})

test('rule 28: time does not go back with the next incarnation, though its clock is behind', async () => {
  const world = await makeWorld([counterHandlers], { routes: [byKey] })
  const shifted = (byMs: number) => ({ ...systemClock, now: () => systemClock.now() + byMs })
  const times = async () => (await world.committed('out')).map(({ timestampMs }) => timestampMs)
  const first = await world.start({ clock: shifted(30_000) })
  await callOf(first, 'bob', 'one').answer
  first.drain()
  await first.ended
  const second = await world.start({ clock: shifted(-20_000) })
  await callOf(second, 'bob', 'two').answer
  await eventually(async () => (await times()).length === 2)
  const [one, two] = await times()
  expect(two).toBeGreaterThanOrEqual(one!)
})

test('rule 28: time does not go back within an incarnation, though its clock does', async () => {
  const world = await makeWorld([counterHandlers], { routes: [byKey] })
  let byMs = 0
  const running = await world.start({ clock: { ...systemClock, now: () => systemClock.now() + byMs } })
  await callOf(running, 'bob', 'one').answer
  byMs = -30_000
  await callOf(running, 'bob', 'two').answer
  const times = async () => (await world.committed('out')).map(({ timestampMs }) => timestampMs)
  await eventually(async () => (await times()).length === 2)
  const [one, two] = await times()
  expect(two).toBeGreaterThanOrEqual(one!)
})

test('one that meets what its successor has removed is fenced, and speaks of no damage', async () => {
  const world = await makeWorld([counterHandlers], { routes: [byKey] })
  const store = new FaultyStore(world.store)
  const real = world.log.connect()
  let isReplaced = false
  const kafka: TransactionalLog = {
    ...real,
    partitions: real.partitions,
    producer: (id, timeoutMs) => real.producer(id, timeoutMs),
    close: () => real.close(),
    fetch: async (...asked) => {
      const fetched = await real.fetch(...asked)
      if (!isReplaced || fetched.kind !== 'ok') return fetched
      return { kind: 'ok', value: fetched.value.map((each) => ({ ...each, status: 'out-of-range' as const })) }
    },
  }
  const elder = await world.start({ store, kafka })
  let looks = 0
  store.script = (verb, key) => {
    if (verb === 'get' && key.endsWith('/manifest') && looks++ < 2) return 'lost'
  }
  await world.start()
  isReplaced = true
  expect(await elder.ended).toBe('fenced')
  expect(looks).toBeGreaterThan(1)
})

test('rule 28: a clock that is set back while nothing is to be committed is noticed all the same', async () => {
  const world = await makeWorld([counterHandlers], { routes: [byKey] })
  let byMs = 0
  const soon = (delayMs: number) => (delayMs === 5_000 ? 20 : delayMs)
  const clock = {
    ...systemClock,
    now: () => systemClock.now() + byMs,
    after: (delayMs: number, action: () => void) => systemClock.after(soon(delayMs), action),
  }
  const running = await world.start({ clock })
  running.ended.catch(() => undefined)
  await callOf(running, 'bob', 'one').answer
  byMs = -3_600_000
  await expect(running.ended).rejects.toMatchObject({
    code: 'CLOCK_SKEW',
    message: expect.stringContaining('3600 s behind'),
  })
})

test('rule 28: a clock that is off by more than 60 s commits nothing', async () => {
  const world = await makeWorld([counterHandlers], { routes: [byKey] })
  const clock = { ...systemClock, now: () => systemClock.now() + 120_000 }
  const running = await world.start({ clock })
  running.ended.catch(() => undefined)
  void callOf(running, 'bob', 'one')
  await expect(running.ended).rejects.toMatchObject({ code: 'CLOCK_SKEW' })
  for await (const { key } of world.store.list('')) expect(key).not.toMatch(/\/\d{12}$/)
})
