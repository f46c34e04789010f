import { describe, expect, test } from 'vitest'
import { utf8Decode } from '../../../runtime/model/bytes.ts'
import type { OutgoingRecord } from '../../../runtime/model/record.ts'
import { Journal } from '../../../runtime/shard/journal.ts'
import { replay } from '../../../runtime/shard/replay.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { Snapshot } from '../../../runtime/shard/snapshot.ts'
import { failed, makeWorld, type AppliedOptions } from './applied.ts'
import { survives } from './model.ts'

const parking = (options: AppliedOptions = {}) => {
  const world = makeWorld({ ...options, policy: { attemptsMax: 2, onFailure: 'park', ...options.policy } })
  const names = (id: string) => world.lane(id).map(([name]) => name)
  const failAlways = (id: string): void => {
    while (!world.actor(id)?.stop && world.actor(id)?.lane) world.answer(id, { failed: failed(0) })
  }
  const ready = () => world.shard.ready.take().map(({ id }) => id)
  return { ...world, names, failAlways, ready }
}

describe('an address whose function parks', () => {
  test('is parked after the last attempt: it keeps its messages in order, and no other address waits', () => {
    const world = parking()
    for (const name of ['one', 'two', 'three']) world.deliver('bob', name)
    world.deliver('ann', 'one')
    world.answer('bob', { failed: failed(1) })
    world.answer('bob', { failed: failed(0) })
    expect(world.actor('bob')?.stop?.parked).toEqual({ code: 'OOPS', message: 'went wrong', sinceMs: 1_000 })
    world.deliver('bob', 'four')
    expect(world.lane('bob')).toEqual([
      ['two', 2],
      ['three', 0],
      ['four', 0],
    ])
    world.answer('ann', {})
    expect(world.actor('ann')).toBeUndefined()
    expect([world.ready(), world.emits('dead')]).toEqual([[], []])
    expect(world.actions.filter(({ kind }) => kind === 'failed')).toMatchObject([
      { outcome: 'retried' },
      { outcome: 'parked' },
    ])
  })

  test('counts its messages apart from those that stop intake', () => {
    const world = parking()
    const { shard } = world
    for (const name of ['one', 'two']) world.deliver('bob', name)
    world.deliver('ann', 'one')
    world.failAlways('bob')
    expect([shard.pendingMessages, shard.parkedMessages, shard.stopped.parked]).toEqual([1, 2, 1])
    world.deliver('bob', 'three')
    expect([shard.pendingMessages, shard.parkedMessages]).toEqual([1, 3])
    expect(shard.parkedBytes).toBe(3 * 64 + 'onetwothree'.length)
    shard.release(world.actor('bob')!)
    expect([shard.pendingMessages, shard.parkedMessages, shard.parkedBytes]).toEqual([4, 0, 0])
    expect(world.ready()).toContain('bob')
  })

  test('is parked too for what no handler saw; a TerminalError is the handler’s own word and goes to the dead letters', () => {
    const world = parking()
    world.deliver('bob', 'one')
    world.answer('bob', { failed: { ...failed(0, true), code: 'VALUE_INVALID' } })
    expect(world.actor('bob')?.stop?.parked?.code).toBe('VALUE_INVALID')
    world.deliver('ann', 'one')
    world.answer('ann', { failed: { ...failed(0, true), code: 'TERMINAL' } })
    expect([world.actor('ann'), world.emits('dead').length]).toEqual([undefined, 1])
  })

  test('is parked where a checkpoint and the journal after it are replayed', () => {
    const world = parking()
    const { shard } = world
    shard.journal = new Journal()
    for (const name of ['one', 'two']) world.deliver('bob', name)
    world.failAlways('bob')
    shard.pauseActor(shard.actor(shard.tables[0]!, 'ann'), 7)
    shard.pauseFunction(shard.declareFunction('t/b'), 9)
    shard.journalArrivals()
    shard.journal.take()
    const snapshot = new Snapshot(shard, [0], 0)
    const sections = [snapshot.head]
    for (let next = snapshot.next(); next; next = snapshot.next())
      if (next !== 'pause') sections.push(next.journal.slice())
    world.deliver('bob', 'three')
    shard.journalArrivals()
    const heir = new Shard()
    for (const journal of sections) replay(journal, heir)
    heir.loaded()
    replay(shard.journal.take(), heir)
    expect(survives(heir)).toEqual(survives(shard))
    expect([heir.parkedMessages, heir.pendingMessages]).toEqual([3, 0])
    expect(heir.tables.map(({ pausedSinceMs }) => pausedSinceMs)).toEqual([undefined, 9])
  })
})

describe('a paused address', () => {
  test('finishes what is in flight, and then waits until it is resumed', () => {
    const world = parking()
    const { shard } = world
    for (const name of ['one', 'two']) world.deliver('bob', name)
    world.ready()
    const lane = world.actor('bob')!.lane!
    lane.queued = false
    lane.inFlight = 1
    shard.pauseActor(world.actor('bob')!, 5)
    world.applier().result(world.actor('bob')!, {
      call: 0,
      mutations: [{ op: 'set', state: 0, value: Uint8Array.of(1) }],
      sends: [],
      emits: [],
      replies: [],
      failed: undefined,
      incomplete: undefined,
    })
    expect([world.names('bob'), world.ready(), world.actor('bob')!.hasState]).toEqual([['two'], [], true])
    shard.resumeActor(world.actor('bob')!)
    expect([world.ready(), shard.stopped.paused, shard.parkedMessages]).toEqual([['bob'], 0, 0])
  })

  test('is forgotten when it is resumed and nothing else is known of it', () => {
    const { shard } = parking()
    const actor = shard.actor(shard.tables[0]!, 'ann')
    shard.pauseActor(actor, 5)
    expect(shard.find(shard.tables[0]!, 'ann')).toBe(actor)
    shard.resumeActor(actor)
    expect(shard.find(shard.tables[0]!, 'ann')).toBeUndefined()
  })

  test('waits with its whole function, which is resumed at once', () => {
    const world = parking()
    const { shard } = world
    world.deliver('bob', 'one')
    shard.pauseFunction(shard.tables[0]!, 5)
    world.deliver('ann', 'one')
    expect(shard.parkedMessages).toBe(2)
    shard.resumeFunction(shard.tables[0]!)
    expect([world.ready(), shard.pendingMessages, shard.parkedMessages]).toEqual([['bob', 'ann'], 2, 0])
  })
})

describe('at the bounds of what may wait', () => {
  const noteOf = ({ headers }: OutgoingRecord, note: string) =>
    utf8Decode(headers.find(([name]) => name === `millrace-${note}`)?.[1] ?? new Uint8Array())
  const codes = (world: ReturnType<typeof parking>) =>
    world.emits('dead').map((record) => [noteOf(record, 'message'), noteOf(record, 'error-code')])

  test('of one address: its oldest messages become dead letters that say so, and it stays parked', () => {
    const world = parking({ limits: { laneMessagesMax: 2 } })
    world.deliver('bob', 'one')
    world.failAlways('bob')
    for (const name of ['two', 'three', 'four']) world.deliver('bob', name)
    expect(world.names('bob')).toEqual(['three', 'four'])
    expect(codes(world)).toEqual([
      ['one', 'PARKED_FULL'],
      ['two', 'PARKED_FULL'],
    ])
    expect(world.headers(0)).toMatchObject({ 'millrace-attempts': '2', 'millrace-parked-since': '1000' })
    expect(world.headers(0)['millrace-error']).toContain('OOPS: went wrong')
    expect(world.headers(1)['millrace-error']).not.toContain('OOPS')
    expect(world.actor('bob')?.stop?.parked).toBeDefined()
  })

  test('of all together: only who gets another message gives one up', () => {
    const world = parking({ limits: { parkedMessagesMax: 2 } })
    for (const id of ['bob', 'ann']) {
      world.deliver(id, 'one')
      world.failAlways(id)
    }
    world.deliver('ann', 'two')
    expect([world.names('bob'), world.names('ann'), world.shard.parkedMessages]).toEqual([['one'], ['two'], 2])
  })

  test('a message too large for what is left gives itself up, so that the bytes stay bounded', () => {
    const world = parking({ limits: { parkedBytesMax: 200 } })
    for (const id of ['bob', 'ann']) {
      world.deliver(id, 'one')
      world.failAlways(id)
    }
    world.deliver('ann', 'x'.repeat(100))
    expect(world.names('ann')).toEqual([])
    expect(world.actor('ann')?.stop?.parked).toBeDefined()
    expect(world.shard.parkedBytes).toBe(67)
  })

  test('where there is no room to park another address, its failed message is given up and it goes on', () => {
    const world = parking({ limits: { parkedMessagesMax: 2 } })
    for (const id of ['bob', 'ann']) for (const name of ['one', 'two']) world.deliver(id, name)
    world.failAlways('bob')
    for (let n = 0; n < 2; n++) world.answer('ann', { failed: failed(0) })
    expect([world.names('bob'), world.names('ann')]).toEqual([['one', 'two'], ['two']])
    expect([world.actor('ann')?.stop, codes(world)]).toEqual([undefined, [['one', 'PARKED_FULL']]])
  })

  test('an address that answers itself gives up no message twice, however many there are', () => {
    const world = parking({ limits: { laneMessagesMax: 5_000 } })
    world.deliver('bob', 'first')
    world.failAlways('bob')
    const replyTo = { typename: 't/a', id: 'bob', message: 'reply' }
    for (let n = 0; n < 10_000; n++) world.deliver('bob', `m${n}`, { messageId: `m${n}`, replyTo })
    expect(world.names('bob')).toHaveLength(5_000)
    const given = codes(world).flatMap(([name]) => (name === 'reply' ? [] : [name]))
    expect(new Set(given).size).toBe(given.length)
    expect(world.shard.parkedMessages).toBe(5_000)
  })

  test.each([
    ['intake is held instead where the setting says so', { whenFull: 'holdIngress' as const }, false],
    ['a paused address gives nothing up: it has not failed', {}, true],
  ])('%s', (_, options, paused) => {
    const world = parking({ ...options, limits: { laneMessagesMax: 2, parkedMessagesMax: 3 } })
    world.deliver('bob', 'one')
    if (paused) world.shard.pauseActor(world.actor('bob')!, 1)
    else world.failAlways('bob')
    for (const name of ['two', 'three', 'four']) world.deliver('bob', name)
    expect([world.names('bob').length, world.emits('dead')]).toEqual([4, []])
  })
})
