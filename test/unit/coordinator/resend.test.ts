import { describe, expect, test } from 'vitest'
import type { RunningCoordinator } from '../../../runtime/coordinator/running.ts'
import { MillraceError } from '../../../runtime/model/errors.ts'
import type { Route } from '../../../runtime/model/topology.ts'
import { byKey, callOf, counter, out } from './counter.ts'
import { makeRunning, quick } from './disturbed.ts'
import { eventually, textOf, type WorldOptions } from './world.ts'

/** A counter that has learned to count what failed; it tells the id and the record of each message. */
const mended = counter.handle({
  add(ctx, text) {
    ctx.state.count += 1
    const at = ctx.record ? `${ctx.record.topic}@${ctx.record.offset}` : 'none'
    ctx.emit(out, { key: ctx.id, value: `${ctx.id}:${text}:${ctx.state.count}:${at}:${ctx.messageId}` })
  },
  call: (ctx) => ctx.state.count,
})
const end = async (running: RunningCoordinator): Promise<void> => {
  running.drain()
  await running.ended
}
const newest = async (running: RunningCoordinator, max = 100) => {
  const { letters } = await running.deadLetters.newest({ max, matches: () => true })
  return letters.map(({ partition, record }) => ({ partition, offset: record.offset, key: textOf(record.key) }))
}
const anyOrder = { outOfOrder: true, first: false }
/** Makes dead letters of what is fed, and starts a coordinator that could process them. */
const failedBefore = async (texts: readonly string[], options: WorldOptions = {}) => {
  const made = await makeRunning({
    ...options,
    settings: { failure: { ...quick, attemptsMax: 1 }, ...options.settings },
  })
  const elder = await made.world.start()
  for (const text of texts) made.world.feed('bob', text)
  const failing = texts.filter((text) => text.startsWith('fail')).length
  await eventually(async () => (await made.dead()).length === failing)
  await end(elder)
  const running = await made.world.start({ implementations: [mended] })
  return { ...made, running, letters: await newest(running) }
}

describe('a dead letter that is sent again', () => {
  test('is processed as it would have been, once, however often and by whomever it is sent', async () => {
    const { world, outs, running, letters } = await failedBefore(['a', 'fail', 'b'])
    expect(letters).toHaveLength(1)
    await expect(running.resend(letters, { outOfOrder: false, first: false })).rejects.toMatchObject({
      code: 'ORDER_LOST',
      message: expect.stringContaining('later messages of test/counter/bob have been processed'),
    })
    const { partition, offset } = letters[0]!
    const place = { partition, offset, addresses: ['test/counter/bob'] }
    expect(await running.resend([...letters, ...letters], anyOrder)).toEqual([
      { ...place, again: false },
      { ...place, again: true },
    ])
    // As one that is answered, so that it is forgotten when its time is over.
    expect(await running.read(({ requests }) => [...requests.all()].map(({ reply }) => reply?.ok))).toEqual([true])
    const third = await eventually(async () => (await outs())[2])
    const [source] = await world.committed('in')
    expect(third).toMatch(/^bob:fail:3:in@\d+:in\/in\/\d\/\d+\/0$/)
    expect(source).toBeDefined()
    await end(running)
    const heir = await world.start({ implementations: [mended] })
    expect(await heir.resend(letters, anyOrder)).toEqual([{ ...place, again: true }])
    world.feed('bob', 'c')
    await eventually(async () => (await outs()).length === 4)
    expect((await outs())[3]).toMatch(/^bob:c:4:/)
    await end(heir)
  })

  test('of a message that no record was behind keeps its payload, its id and who sent it', async () => {
    const { running, world, outs } = await failedBefore(['a'])
    await end(running)
    const elder = await world.start({ settings: { failure: { ...quick, attemptsMax: 1 } } })
    const { messageId } = (await elder.request({
      kind: 'send',
      typename: 'test/counter',
      id: 'x/y',
      message: 'add',
      payload: byKey.messagesOf({
        offset: 0,
        timestampMs: 0,
        key: null,
        value: new TextEncoder().encode('fail'),
        headers: [],
      })[0]!.payload,
      idempotencyKey: undefined,
      fingerprint: '',
    }).answer) as { messageId: string }
    const letters = await eventually(async () => {
      const found = await newest(elder)
      return found.length === 1 && found
    })
    await end(elder)
    const heir = await world.start({ implementations: [mended] })
    await heir.resend(letters, anyOrder)
    const again = await eventually(async () => (await outs()).find((text) => text.startsWith('x/y')))
    expect(again).toBe(`x/y:fail:1:none:${messageId}`)
    await end(heir)
  })

  test('of a record that no route could read goes to the routes as they are now', async () => {
    const broken: Route = {
      ingress: 'in',
      messagesOf: () => {
        throw new MillraceError('VALUE_INVALID', 'no JSON')
      },
    }
    const other: Route = {
      ingress: 'in',
      messagesOf: (record) => byKey.messagesOf(record).map((message) => ({ ...message, id: 'other' })),
    }
    const { world, outs, dead } = await makeRunning({ routes: [other, broken] })
    const elder = await world.start()
    world.feed('bob', 'a')
    await eventually(async () => (await dead()).length === 1)
    const letters = await newest(elder)
    await expect(elder.resend(letters, anyOrder)).rejects.toThrow('no route can read its record still')
    await end(elder)
    const twice: Route = {
      ingress: 'in',
      messagesOf: (record) => [...byKey.messagesOf(record), ...byKey.messagesOf(record)],
    }
    const heir = await world.start({ implementations: [mended], topology: { routes: [other, twice] } })
    expect((await heir.resend(letters, anyOrder))[0]?.addresses).toEqual(['test/counter/bob', 'test/counter/bob'])
    await eventually(async () => (await outs()).length === 3)
    const ids = (await outs()).slice(1).map((text) => text.split(':')[4])
    expect(ids).toEqual([expect.stringMatching(/^in\/in\/\d\/0\/1$/), expect.stringMatching(/^in\/in\/\d\/0\/1\/1$/)])
    await end(heir)
  })

  test('is refused where the routes make something else of its record, and where there is none', async () => {
    const { running, letters, world } = await failedBefore(['fail'])
    await end(running)
    const elsewhere: Route = {
      ingress: 'in',
      messagesOf: (record) => byKey.messagesOf(record).map((message) => ({ ...message, id: 'ann' })),
    }
    const heir = await world.start({ topology: { routes: [elsewhere] } })
    await expect(heir.resend(letters, anyOrder)).rejects.toThrow(
      'was add to test/counter/bob; the routes of today make add to test/counter/ann of its record',
    )
    await expect(heir.resend([{ partition: 0, offset: 99 }], anyOrder)).rejects.toMatchObject({
      code: 'LOG_OFFSET_OUT_OF_RANGE',
    })
    await expect(heir.resend([{ partition: 9, offset: 0 }], anyOrder)).rejects.toThrow('no such partition')
    world.log.append('dead', 0, { key: null, value: null })
    const foreign = await eventually(async () => (await newest(heir)).find(({ key }) => key === '(null)'))
    await expect(heir.resend([foreign], anyOrder)).rejects.toThrow('was not written by Millrace')
    await end(heir)
  })
})

describe('a dead letter that its parked address had no room for', () => {
  const park = { ...quick, attemptsMax: 1, onFailure: 'park' as const }
  const pushedOut = async () => {
    const made = await makeRunning({ limits: { laneMessagesMax: 3 }, settings: { failure: park } })
    const elder = await made.world.start()
    made.world.feed('bob', 'fail')
    await eventually(() => elder.read((shard) => shard.stopped.parked === 1))
    for (const text of ['a', 'b', 'c', 'd']) made.world.feed('bob', text)
    await eventually(async () => (await made.dead()).length === 2)
    const letters = (await newest(elder)).toSorted((x, y) => x.offset - y.offset)
    return { ...made, elder, letters }
  }

  test('goes back to its place while the address is parked still, in the order in which they are given', async () => {
    const { world, elder, letters, outs } = await pushedOut()
    await expect(elder.resend(letters, { outOfOrder: false, first: true })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    })
    await end(elder)
    const heir = await world.start({
      implementations: [mended],
      settings: { limits: { ...world.settings.limits, laneMessagesMax: 9 } },
    })
    await expect(heir.resend(letters, { outOfOrder: false, first: false })).rejects.toMatchObject({
      code: 'ORDER_LOST',
    })
    await heir.resend(letters.slice(1), { outOfOrder: false, first: true })
    // Only now is it told: something stands before it that came later.
    await expect(heir.resend(letters, { outOfOrder: false, first: true })).rejects.toMatchObject({ code: 'ORDER_LOST' })
    await heir.resend(letters, { outOfOrder: true, first: true })
    await end(heir)
    const third = await world.start({ implementations: [mended] })
    await third.change((operator) => operator.retry('test/counter', 'bob'))
    await eventually(async () => (await outs()).length === 5)
    expect((await outs()).map((text) => text.split(':')[1])).toEqual(['fail', 'a', 'b', 'c', 'd'])
    await end(third)
  })

  test('has lost its place once the address has gone on', async () => {
    const { elder, letters } = await pushedOut()
    await elder.change((operator) => operator.retry('test/counter', 'bob'))
    await eventually(() => elder.read((shard) => shard.parkedMessages === 0 && shard.pendingMessages === 0))
    await expect(elder.resend(letters, { outOfOrder: false, first: true })).rejects.toThrow('neither parked nor paused')
    await elder.change((operator) => operator.pause('test/counter', 'bob'))
    await expect(elder.resend(letters, { outOfOrder: false, first: true })).rejects.toMatchObject({
      code: 'ORDER_LOST',
    })
    expect(await elder.resend(letters, { outOfOrder: true, first: true })).toHaveLength(2)
    const waiting = await elder.read((shard) =>
      [...shard.stopped][0]?.lane?.messages.map(({ origin }) => origin.record?.offset),
    )
    expect(waiting).toEqual([0, 1])
    const asked = callOf(elder, 'ann', 'x')
    expect(await asked.answer).toMatchObject({ kind: 'replied' })
    await end(elder)
  })
})

test('the newest dead letters are read first, from all partitions', async () => {
  const { running, world } = await failedBefore([])
  for (let n = 0; n < 10; n++) {
    const headers = [['millrace-error-code', new TextEncoder().encode(n % 2 ? 'ODD' : 'EVEN')]] as const
    world.log.append('dead', n % 4, {
      key: new TextEncoder().encode(`k${n}`),
      value: null,
      headers,
      timestampMs: 1_000 + n,
    })
  }
  const found = await running.deadLetters.newest({ max: 3, matches: () => true })
  expect([found.complete, found.letters.map(({ record }) => textOf(record.key))]).toEqual([false, ['k9', 'k8', 'k7']])
  const all = await running.deadLetters.newest({ max: 100, matches: ({ timestampMs }) => timestampMs < 1_003 })
  expect([all.complete, all.letters.map(({ record }) => textOf(record.key))]).toEqual([true, ['k2', 'k1', 'k0']])
  await end(running)
})
