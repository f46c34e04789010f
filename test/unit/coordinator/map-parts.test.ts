import { describe, expect, test } from 'vitest'
import { actor, egress, int, json, map, string, type Implementation } from 'millrace'
import { defaultLimits } from '../../../runtime/model/limits.ts'
import type { MapPart } from '../../../runtime/model/invocation.ts'
import type { Route } from '../../../runtime/model/topology.ts'
import { EndpointError, type FunctionClient } from '../../../runtime/ports/function-client.ts'
import { decodeBatchRequest } from '../../../runtime/protocol/batch-request.ts'
import { encodeMessage } from '../../../runtime/sdk/message.ts'
import { emitted } from './counter.ts'
import { eventually, makeWorld, textOf } from './world.ts'

const out = egress('out', json<string>('test/out'))
const shelf = actor('test/shelf', {
  state: { books: map(string, string), calls: int },
  messages: { do: string },
  failure: { attempts: 3, firstDelay: 1, maxDelay: 1 },
})

/** What each text does, and what it tells. */
const shelfHandlers = shelf.handle({
  do(ctx, text) {
    const { books } = ctx.state
    const [verb = '', key = '', value = ''] = text.split(' ')
    const tell = (seen: unknown): void =>
      ctx.emit(out, { key: ctx.id, value: `${ctx.id} ${text}: ${seen} @${ctx.attempt}` })
    ctx.state.calls = (ctx.state.calls ?? 0) + 1
    if (verb === 'fill') for (let i = 0; i < 100; i++) books.set(`b${i}`, `${i}`.padEnd(100, '.'))
    else if (verb === 'set') books.set(key, value)
    else if (verb === 'get') tell(books.get(key)?.replace(/\.+/, ''))
    else if (verb === 'both') tell(`${books.get(key)?.length} ${books.get(value)?.length}`)
    else if (verb === 'walk') tell([...books].length)
    else if (verb === 'five') tell([1, 2, 3, 4, 5].map((i) => books.has(`${key}${i}`)).join())
    else if (verb === 'fail') throw new Error(`${books.get(key)}`)
    else if (verb === 'grab')
      try {
        tell(books.get(key))
      } catch {
        tell('caught')
      }
  },
})

const byKey: Route = {
  ingress: 'in',
  messagesOf: (record) => [
    {
      typename: shelf.typename,
      id: textOf(record.key),
      message: 'do',
      payload: encodeMessage(shelf.at('x').do(textOf(record.value))).payload,
    },
  ],
}

interface Sent {
  readonly messages: number
  readonly bytes: number
  readonly entries: number | undefined
  readonly count: number | undefined
}

/** A coordinator whose endpoint is asked as over a network; `sent` is what went to `bob`. */
const makeShelf = async (
  options: {
    mapParts?: () => boolean
    refuses?: () => boolean
    implementations?: Implementation[]
    limits?: object
  } = {},
) => {
  const sent: Sent[] = []
  const client = (real: FunctionClient): FunctionClient => ({
    ...real,
    discover: async () => ({ ...(await real.discover()), mapParts: options.mapParts?.() ?? true }),
    invoke: async (request, onBytes, invokeOptions) => {
      for (const { id, state, messages } of decodeBatchRequest(request).calls) {
        if (id !== 'bob') continue
        const part = state.map(({ cells }) => cells).find((cells): cells is MapPart => cells.kind === 'map-part')
        sent.push({
          messages: messages.length,
          bytes: request.length,
          entries: part?.entries.length,
          count: part?.count,
        })
      }
      const isPart = sent.at(-1)?.count !== undefined
      if (isPart && options.refuses?.())
        throw new EndpointError('ENDPOINT_PROTOCOL', 'failed', 'state 0 has no cells', { status: 400 })
      return real.invoke(request, onBytes, invokeOptions)
    },
  })
  const limits = { ...defaultLimits, wholeMapBytesMax: 1_000, ...options.limits }
  const world = await makeWorld(options.implementations ?? [shelfHandlers], { routes: [byKey], limits, client })
  const outs = async () => emitted(await world.committed('out'))
  let running = await world.start()
  let told = 0
  return {
    sent,
    /** What is told when `bob` is fed these texts one after the other, and what that took. */
    tell: async (...texts: string[]) => {
      sent.length = 0
      for (const text of texts) world.feed('bob', text)
      told += texts.filter((text) => !/^(fill|set|fail)/.test(text)).length
      const all = await eventually(async () => {
        const now = await outs()
        return now.length >= told && now
      })
      return all.slice(told - texts.filter((text) => !/^(fill|set|fail)/.test(text)).length)
    },
    world,
    running: () => running,
    restart: async () => {
      running.drain()
      await running.ended
      running = await world.start()
    },
  }
}

describe('a large map', () => {
  test('goes in part, with what the handler asks for one call later; the attempt stays the first', async () => {
    const { tell, sent } = await makeShelf()
    await tell('fill', 'get b1')
    expect(await tell('get b7')).toEqual(['bob get b7: 7 @1'])
    expect(sent.map(({ count }) => count)).toEqual([100, 100])
    const [first, second] = sent
    expect(second!.entries).toBe(first!.entries! + 1)
    expect(second!.bytes).toBeLessThan(1_000)
  })

  test('needs no second call for an entry, or the lack of one, that was asked for lately', async () => {
    const { tell, sent } = await makeShelf()
    await tell('fill', 'get b1')
    await tell('get b1')
    await tell('get no')
    for (const [text, is] of [
      ['get b1', '1'],
      ['get no', 'undefined'],
    ] as const) {
      expect(await tell(text)).toEqual([`bob ${text}: ${is} @1`])
      expect(sent).toMatchObject([{ messages: 1, entries: 1, count: 100 }])
    }
    expect(await tell('set b1 anew', 'get b1')).toEqual(['bob get b1: anew @1'])
    expect(sent.reduce((sum, { messages }) => sum + messages, 0)).toBe(2)
  })

  test('needs no second call where entries are only set', async () => {
    const { tell, sent } = await makeShelf()
    await tell('fill', 'get b1')
    await tell('set b5 five', 'get b1')
    expect(sent.every(({ count }) => count === 100)).toBe(true)
    expect(await tell('get b5')).toEqual(['bob get b5: five @1'])
  })

  test('goes whole to a handler that walks through it, and soon without its asking', async () => {
    const { tell, sent } = await makeShelf()
    await tell('fill', 'get b1')
    expect(await tell('walk')).toEqual(['bob walk: 100 @1'])
    expect(sent.map(({ count }) => count)).toEqual([100, undefined])
    let calls = 0
    for (let i = 0; i < 20; i++) {
      await tell('walk')
      calls += sent.length
    }
    // 20 messages: each time that a part is tried again it takes one call more, and it is tried ever more seldom.
    expect(calls).toBeLessThanOrEqual(24)
  })

  test('goes whole after three answers that asked for more', async () => {
    const { tell, sent } = await makeShelf()
    await tell('fill', 'get b1')
    expect(await tell('five x')).toEqual(['bob five x: false,false,false,false,false @1'])
    expect(sent.map(({ count }) => count)).toEqual([100, 100, 100, 100, undefined])
  })

  test('goes whole with so many messages that the rounds would cost more', async () => {
    const { tell, sent } = await makeShelf({ limits: { wholeMapBytesMax: 3_000 } })
    await tell('fill', 'get b1')
    const texts = Array.from({ length: 12 }, (_, i) => `get b${i}`)
    expect(await tell(...texts)).toEqual(texts.map((text, i) => `bob ${text}: ${i} @1`))
    for (const { messages, count } of sent) expect(count === undefined).toBe(messages > 3)
  })

  test('goes whole where it is small, and to a handler that does not take parts', async () => {
    const small = await makeShelf({ limits: { wholeMapBytesMax: 1 << 20 } })
    await small.tell('fill', 'get b1')
    expect(small.sent.every(({ count }) => count === undefined)).toBe(true)
    const older = await makeShelf({ mapParts: () => false })
    await older.tell('fill', 'get b1', 'walk')
    await older.tell('get b7')
    expect(older.sent.map(({ count }) => count)).toEqual([undefined])
  })

  test('leaves nothing of a run that lacked something, though the handler caught the error', async () => {
    const { tell, running } = await makeShelf()
    await tell('fill', 'get b1')
    expect(await tell('grab b9')).toEqual([`bob grab b9: ${'9'.padEnd(100, '.')} @1`])
    const calls = await running().read((shard) => {
      const bob = shard.find(shard.table(shelf.typename)!, 'bob')!
      return int.decode(bob.value(1)!)
    })
    expect(calls).toBe(3)
  })

  test('is asked for again after a restart, with a message that failed before', async () => {
    const { tell, restart, sent } = await makeShelf()
    await tell('fill', 'get b1')
    await restart()
    expect(await tell('get b1')).toEqual(['bob get b1: 1 @1'])
    expect(sent.map(({ entries }) => entries)).toEqual([0, 1])
  })

  test('goes whole once an older handler, which cannot read a part, has taken over; no attempt is counted', async () => {
    let older = false
    const { tell, sent } = await makeShelf({ refuses: () => older, mapParts: () => !older })
    await tell('fill', 'get b1')
    await tell('get b7')
    older = true
    expect(await tell('get b9')).toEqual(['bob get b9: 9 @1'])
    expect(sent.at(-1)?.count).toBeUndefined()
  })

  test('does not change how often a failing message is tried', async () => {
    const { tell, world } = await makeShelf({ limits: {} })
    await tell('fill', 'get b1')
    await tell('fail b3', 'get b1')
    const dead = await eventually(async () => {
      const records = await world.committed('dead')
      return records.length > 0 && records
    })
    const headers = new Map(dead[0]!.headers.map(([name, text]) => [name, textOf(text)]))
    expect(headers.get('millrace-attempts')).toBe('3')
    expect(headers.get('millrace-error')).toContain('3...')
  })
})
