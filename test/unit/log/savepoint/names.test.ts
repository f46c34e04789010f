import { describe, expect, test } from 'vitest'
import { FunctionNames } from '../../../../runtime/log/savepoint/function-names.ts'
import { Journal } from '../../../../runtime/shard/journal.ts'
import { LaneMessage, type MessageOrigin } from '../../../../runtime/shard/lane.ts'
import { Shard } from '../../../../runtime/shard/shard.ts'
import { survives } from '../../shard/model.ts'
import { folderIn, loaded, saved } from './samples.ts'

const bytes = Uint8Array.of(1, 2, 3)
const scopeOf = (typename: string): string => JSON.stringify([typename, 'x', 'pay', 'k1'])

/** Three functions that know of each other in every way there is; `names` are what they are called. */
const acquainted = (...names: readonly [string, string, string]): Shard => {
  const shard = new Shard()
  shard.journal = new Journal()
  for (const name of names) {
    const table = shard.declareFunction(name)
    shard.declareState(table, { name: 'v', kind: 'value', typename: 'x/y', keyTypename: undefined })
    shard.declareState(table, { name: 'm', kind: 'map', typename: 'x/y', keyTypename: 'x/k' })
    const actor = shard.actor(table, 'x')
    shard.mutate(actor, [
      { op: 'set', state: 0, value: bytes },
      { op: 'put', state: 1, key: bytes, value: bytes },
    ])
    for (const [i, other] of names.entries()) {
      const send = (origin: MessageOrigin): void => shard.enqueue(new LaneMessage(actor, 'm', bytes, origin))
      send({ messageId: 'a', caller: { typename: other, id: 'x' } })
      send({ messageId: 'b', replyTo: { typename: other, id: 'x', message: 'done' } })
      const common = { sender: actor, dueMs: 5, token: `${i}`, id: 'y', message: 'm', payload: bytes }
      const origin = { messageId: 'c', caller: { typename: name, id: 'x' } }
      shard.delay({ ...common, timer: shard.nextTimer(), typename: other, origin })
    }
    shard.enqueue(new LaneMessage(actor, 'pay', bytes, { messageId: 'd', request: scopeOf(name) }))
    shard.beginRequest({ scope: scopeOf(name), fingerprint: 'f', expiresAtMs: 9, reply: undefined })
  }
  shard.journalArrivals()
  return shard
}

describe('functions that are called otherwise where a savepoint is restored', () => {
  test('are renamed wherever they are spoken of: state, messages, timers, callers, replies, keys', async () => {
    const { folder } = folderIn()
    await saved([acquainted('t/a', 't/b', 'c')], folder)
    const names = new FunctionNames(
      new Map([
        ['t/a', 't/b'],
        ['t/b', 'u/d'],
      ]),
    )
    const { shard, dropped } = await loaded(folder, names)
    expect(survives(shard)).toEqual(survives(acquainted('t/b', 'u/d', 'c')))
    expect(Object.values(dropped)).toEqual([0, 0, 0, 0, 0])
  })

  test('that are dropped take with them what is theirs, and it is counted', async () => {
    const { folder } = folderIn()
    await saved([acquainted('t/a', 't/b', 't/c')], folder)
    const { shard, dropped } = await loaded(folder, new FunctionNames(new Map(), ['t/b']))
    expect(shard.tables.map(({ typename }) => typename)).toEqual(['t/a', 't/c'])
    // Its value and entry; six messages and the keyed one; three timers of its own and one to it from each of the others.
    expect(dropped).toEqual({ cells: 2, messages: 7, timers: 5, requests: 1, replies: 3 })
    expect(shard.pendingMessages).toBe(14)
    expect(shard.timers.size).toBe(4)
    expect([...shard.requests.all()].map(({ scope }) => scope)).toEqual([scopeOf('t/a'), scopeOf('t/c')])
    // Who has called, and who waits, is still told.
    const [first] = shard.openEntries()
    expect(first?.actor.table.typename).toBe('t/a')
    const callers = [...shard.openEntries()].flatMap(({ origin }) => origin.caller?.typename ?? [])
    expect(callers).toContain('t/b')
  })

  test('the scope of a request without a key, and one that only looks like a key, stay', () => {
    const names = new FunctionNames(new Map([['a', 'b']]), ['a'])
    for (const scope of ['~0123', '[', '[1]', '{}', '[]']) {
      expect(names.scope(scope)).toBe(scope)
      expect(names.isScopeDropped(scope)).toBe(false)
    }
    expect(names.scope('["a","x","m","k"]')).toBe('["b","x","m","k"]')
  })
})
