import { actor, int, request, string, value } from 'millrace'
import { describe, expect, test } from 'vitest'
import type { RunningCoordinator } from '../../../runtime/coordinator/running.ts'
import { callOf, counter, emitted, makeGate, out } from './counter.ts'
import { disturbed, makeRunning, quick } from './disturbed.ts'
import { eventually, type WorldOptions } from './world.ts'

const address = ['test/counter', 'bob'] as const
const park = { ...quick, attemptsMax: 2, onFailure: 'park' as const }
/** A counter that has learned to count what failed. */
const mended = counter.handle({
  add(ctx, text) {
    ctx.state.count += 1
    ctx.emit(out, { key: ctx.id, value: `${ctx.id}:${text}:${ctx.state.count}` })
  },
  call(ctx) {
    return ctx.state.count
  },
})

const makeParking = async (options: WorldOptions = {}) => {
  const made = await makeRunning({ ...options, settings: { failure: park, ...options.settings } })
  const outsOf = async (id: string) => (await made.outs()).filter((text) => text.startsWith(`${id}:`))
  return { ...made, outsOf }
}
const parkedOf = (running: RunningCoordinator) =>
  running.read((shard) =>
    [...shard.stopped].map((each) => [each.id, each.stop?.parked?.code, each.lane?.messages.length ?? 0]),
  )
const whenParked = (running: RunningCoordinator, messages: number) =>
  eventually(async () => (await parkedOf(running))[0]?.[2] === messages)
const end = async (running: RunningCoordinator): Promise<void> => {
  running.drain()
  await running.ended
}

describe('a poisoned key whose function parks', () => {
  test('waits with all that comes behind it while the others go on, over crashes, until a fixed deploy is retried', async () => {
    const { world, outsOf, dead } = await makeParking({
      settings: { checkpoint: { windowsMax: 3, bytesMax: 1 << 20 } },
    })
    const first = await world.start()
    for (const text of ['a', 'fail', 'b']) world.feed('bob', text)
    for (const text of ['a', 'b', 'c']) world.feed('ann', text)
    await eventually(async () => (await outsOf('ann')).length === 3)
    await whenParked(first, 2)
    world.feed('bob', 'c')
    await whenParked(first, 3)
    // Never told to stop: the second takes over from a living one, the third from a checkpoint.
    const second = await world.start()
    for (let n = 0; n < 10; n++) {
      world.feed('ann', `n${n}`)
      await eventually(async () => (await outsOf('ann')).length === 4 + n)
    }
    world.feed('bob', 'd')
    await whenParked(second, 4)
    expect(await parkedOf(second)).toEqual([['bob', 'HANDLER_FAILED', 4]])
    expect(await outsOf('bob')).toEqual(['bob:a:1'])
    const third = await world.start({ implementations: [mended] })
    expect(await parkedOf(third)).toEqual([['bob', 'HANDLER_FAILED', 4]])
    expect(await third.change((operator) => operator.retry(...address))).toBe(4)
    await eventually(async () => (await outsOf('bob')).length === 5)
    expect(await outsOf('bob')).toEqual(['bob:a:1', 'bob:fail:2', 'bob:b:3', 'bob:c:4', 'bob:d:5'])
    expect([await dead(), await parkedOf(third)]).toEqual([[], []])
    await end(third)
  })

  test('is parked again where a retry fails again, with its attempts counted anew', async () => {
    const { world, dead } = await makeParking()
    const running = await world.start()
    world.feed('bob', 'fail')
    await whenParked(running, 1)
    const before = await running.read((shard) => [...shard.stopped][0]?.stop?.parked)
    await running.change((operator) => operator.retry(...address))
    await eventually(() =>
      running.read((shard) => {
        const now = [...shard.stopped][0]
        return now?.stop?.parked !== undefined && now.stop.parked !== before && now.lane?.messages[0]?.failures === 2
      }),
    )
    expect(await dead()).toEqual([])
    await end(running)
  })

  test('goes on without the failed message when that is skipped, which is a dead letter then', async () => {
    const { world, outsOf, dead } = await makeParking()
    const running = await world.start()
    for (const text of ['a', 'fail', 'b']) world.feed('bob', text)
    await whenParked(running, 2)
    expect(await running.change((operator) => operator.skip(...address))).toBe(1)
    await eventually(async () => (await outsOf('bob')).length === 2)
    expect(await outsOf('bob')).toEqual(['bob:a:1', 'bob:b:2'])
    expect(await dead()).toMatchObject([
      { value: 'fail', 'error-code': 'HANDLER_FAILED', attempts: '2', address: 'test/counter/bob' },
    ])
    await expect(running.change((operator) => operator.skip(...address))).rejects.toMatchObject({
      code: 'ADDRESS_NOT_STOPPED',
    })
    await end(running)
  })

  test('lets everybody go on at once, of one function or all', async () => {
    const { world, outs } = await makeParking()
    const elder = await world.start()
    for (const id of ['ann', 'bob', 'cid']) world.feed(id, 'fail')
    await eventually(async () => (await parkedOf(elder)).length === 3)
    await end(elder)
    const running = await world.start({ implementations: [mended] })
    await expect(running.retryParked('test/other')).rejects.toThrow('test/counter')
    expect(await running.retryParked('test/counter')).toBe(3)
    await eventually(async () => (await outs()).length === 3)
    expect(await running.retryParked()).toBe(0)
    await end(running)
  })

  test('an HTTP call waits with it, and is answered when the address goes on', async () => {
    const { world } = await makeParking()
    const running = await world.start()
    world.feed('bob', 'fail')
    await whenParked(running, 1)
    const call = callOf(running, 'bob', 'x', 'key-1')
    await whenParked(running, 2)
    expect(call.answered).toBeUndefined()
    await running.change((operator) => operator.skip(...address))
    expect(await call.answer).toMatchObject({ kind: 'replied', reply: { ok: true } })
    await end(running)
  })

  test('does not fill the bounds that stop intake for everybody', async () => {
    const { world, outsOf } = await makeParking({ limits: { pendingMessagesMax: 5 } })
    const running = await world.start()
    world.feed('bob', 'fail')
    await whenParked(running, 1)
    for (let n = 0; n < 20; n++) world.feed('bob', `b${n}`)
    await whenParked(running, 21)
    for (let n = 0; n < 20; n++) world.feed('ann', `a${n}`)
    await eventually(async () => (await outsOf('ann')).length === 20)
    await expect(callOf(running, 'ann', 'x').answer).resolves.toMatchObject({ kind: 'replied' })
    await end(running)
  })
})

describe('at the bound of what may wait', () => {
  test('the oldest become dead letters and all others go on', async () => {
    const { world, outsOf, dead } = await makeParking({ limits: { laneMessagesMax: 3 } })
    const running = await world.start()
    world.feed('bob', 'fail')
    await whenParked(running, 1)
    for (const text of ['a', 'b', 'c', 'd']) world.feed('bob', text)
    world.feed('ann', 'a')
    await eventually(async () => (await dead()).length === 2 && (await outsOf('ann')).length === 1)
    expect((await dead()).map((letter) => [letter.value, 'error-code' in letter && letter['error-code']])).toEqual([
      ['fail', 'PARKED_FULL'],
      ['a', 'PARKED_FULL'],
    ])
    const accepted = await running.request({
      kind: 'send',
      typename: 'test/counter',
      id: 'bob',
      message: 'call',
      payload: undefined,
      idempotencyKey: undefined,
      fingerprint: '',
    }).answer
    expect(accepted.kind).toBe('accepted')
    await expect(running.change((operator) => operator.skip(...address))).rejects.toThrow('retry lets the rest go on')
    expect(await running.change((operator) => operator.retry(...address))).toBe(3)
    await eventually(async () => (await outsOf('bob')).length >= 2)
    expect(await outsOf('bob')).toEqual(['bob:c:1', 'bob:d:2'])
    await end(running)
  })

  test.each([
    ['of one address', { laneMessagesMax: 4 }],
    ['of all', { parkedMessagesMax: 3 }],
  ])(
    '%s the ingress is held where the setting says so, and requests are refused, until someone makes room',
    async (_, limits) => {
      const { world, outsOf, dead } = await makeParking({ limits, settings: { parking: { whenFull: 'holdIngress' } } })
      const running = await world.start()
      for (const text of ['fail', 'a', 'b']) world.feed('bob', text)
      await whenParked(running, 3)
      world.feed('bob', 'c')
      await whenParked(running, 4)
      world.feed('ann', 'a')
      const refused = await callOf(running, 'bob', 'x').answer
      expect(refused).toMatchObject({ kind: 'refused', why: 'busy', message: expect.stringContaining('is parked') })
      // Long enough for a record to be fetched and committed: others outside are answered meanwhile.
      for (let n = 0; n < 20; n++) expect(await callOf(running, 'cid', 'x').answer).toMatchObject({ kind: 'replied' })
      expect(await outsOf('ann')).toEqual([])
      await running.change((operator) => operator.skip(...address))
      await eventually(async () => (await outsOf('ann')).length === 1 && (await outsOf('bob')).length === 3)
      expect(await dead()).toHaveLength(1)
      await end(running)
    },
  )
})

describe('an operator', () => {
  test('pauses an address and a function: what is in flight ends, the rest waits over a restart until it is resumed', async () => {
    const gate = makeGate()
    const { client } = disturbed(async (body) => {
      if (body.includes('slow')) await gate.passed
    })
    const { world, outsOf, outs } = await makeParking({ client })
    const elder = await world.start()
    world.feed('bob', 'slow')
    await eventually(() => elder.read((shard) => shard.pendingMessages === 1))
    await elder.change((operator) => operator.pause(...address))
    await elder.change((operator) => operator.pause(...address))
    world.feed('bob', 'a')
    world.feed('ann', 'a')
    gate.open()
    await eventually(async () => (await outs()).length === 2)
    expect([await outsOf('bob'), await outsOf('ann')]).toEqual([['bob:slow:1'], ['ann:a:1']])
    await elder.change((operator) => operator.pause('test/counter', undefined))
    world.feed('ann', 'b')
    await eventually(() => elder.read((shard) => shard.parkedMessages === 2))
    await end(elder)
    const heir = await world.start()
    await expect(heir.change((operator) => operator.resume('test/counter', 'ann'))).rejects.toThrow('its function')
    await heir.change((operator) => operator.resume('test/counter', undefined))
    await eventually(async () => (await outsOf('ann')).length === 2)
    expect(await outsOf('bob')).toEqual(['bob:slow:1'])
    await heir.change((operator) => operator.resume(...address))
    await eventually(async () => (await outsOf('bob')).length === 2)
    await expect(heir.change((operator) => operator.resume(...address))).rejects.toThrow('not paused')
    await end(heir)
  })

  test('changes the state of an address that is stopped, and of no other', async () => {
    const strict = actor('test/counter', {
      state: { count: value(int, { initial: 0 }) },
      messages: { add: string, call: request(string, int) },
    })
    const handlers = strict.handle({
      add(ctx, text) {
        if (ctx.state.count < 5) throw new Error('too few')
        ctx.emit(out, { key: ctx.id, value: `${ctx.id}:${text}:${ctx.state.count}` })
      },
      call: () => 1,
    })
    const { world, outs } = await makeParking()
    const running = await world.start({ implementations: [handlers] })
    world.feed('bob', 'a')
    await whenParked(running, 1)
    const set = (id: string, size = 5) =>
      running.change((operator) =>
        operator.editState('test/counter', id, () => [
          { op: 'set', state: 0, value: Uint8Array.from({ length: size }, (_, at) => [0x0d, 7][at] ?? 0) },
        ]),
      )
    await expect(set('ann')).rejects.toThrow('pause it first')
    await expect(set('bob', 2 << 20)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
    await set('bob')
    await running.change((operator) => operator.retry(...address))
    await eventually(async () => (await outs()).length === 1)
    expect(emitted(await world.committed('out'))).toEqual(['bob:a:7'])
    await end(running)
  })

  test('is refused for a function that is not there, and nothing ends by it', async () => {
    const { world, outs } = await makeParking()
    const running = await world.start()
    for (const act of ['retry', 'skip', 'pause', 'resume'] as const)
      await expect(running.change((operator) => operator[act]('test/none', 'bob'))).rejects.toMatchObject({
        code: 'FUNCTION_UNKNOWN',
      })
    world.feed('bob', 'a')
    await eventually(async () => (await outs()).length === 1)
    await end(running)
  })
})

test('a function’s own policy parks where the settings would not', async () => {
  const own = actor('test/counter', {
    state: { count: value(int, { initial: 0 }) },
    messages: { add: string, call: request(string, int) },
    failure: { attempts: 1, onFailure: 'park' },
  })
  const { world, dead } = await makeRunning()
  const handlers = own.handle({
    add() {
      throw new Error('as asked')
    },
    call: () => 1,
  })
  const running = await world.start({ implementations: [handlers] })
  world.feed('bob', 'a')
  await whenParked(running, 1)
  expect(await dead()).toEqual([])
  expect(() => actor('a/b', { state: {}, messages: {}, failure: { onFailure: 'ignore' as 'park' } })).toThrow(
    'allowed are deadLetter and park',
  )
  await end(running)
})
