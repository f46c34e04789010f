import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import type { CallResult } from '../../../runtime/model/invocation.ts'
import { Actor } from '../../../runtime/shard/actor.ts'
import { FunctionTable } from '../../../runtime/shard/function-table.ts'
import { Lacking } from '../../../runtime/shard/lacking.ts'
import { emitOf, failed, makeWorld } from './applied.ts'

const put = (key: string, value: string) => ({
  op: 'put' as const,
  state: 2,
  key: utf8Encode(key),
  value: utf8Encode(value),
})
const lacks = (index: number, ...keys: string[]): Pick<CallResult, 'incomplete'> => ({
  incomplete: { index, missing: [{ state: 2, keys: keys.map((key) => utf8Encode(key)), keysOnly: false }] },
})

describe('a part of a map', () => {
  const makeMap = (values: Record<string, string>) => {
    const actor = new Actor(new FunctionTable(0, 't/a'), 'bob')
    for (const [key, value] of Object.entries(values)) actor.mutate(put(key, value))
    const part = (due = 0) => {
      const { entries, absent, present, count } = actor.mapPart(2, 0, due)!
      const texts = (keys: readonly Uint8Array[]) => keys.map((key) => utf8Decode(key))
      return { count, entries: texts(entries.map(({ key }) => key)), absent: texts(absent), present: texts(present) }
    }
    const ask = (...keys: string[]) =>
      actor.ask({ state: 2, keys: keys.map((key) => utf8Encode(key)), keysOnly: false })
    return { actor, part, ask }
  }

  test('has the entries that were asked for last, and says which of these keys have none', () => {
    const { part, ask, actor } = makeMap({ a: '1', b: '2', c: '3' })
    expect(part()).toMatchObject({ count: 3, entries: [], absent: [] })
    ask('a', 'x')
    ask('c', 'a')
    expect(part()).toMatchObject({ count: 3, entries: ['a', 'c'], absent: ['x'] })
    actor.mutate({ op: 'remove', state: 2, key: utf8Encode('a') })
    actor.mutate(put('x', '9'))
    expect(part()).toMatchObject({ count: 3, entries: ['c', 'x'], absent: ['a'] })
  })

  test('has what is due whatever its size, and more only while that is small', () => {
    const large = 'v'.repeat(3_000)
    const { part, ask } = makeMap({ a: large, b: large, c: large, d: 'small' })
    ask('a', 'b', 'c', 'd')
    expect(part().entries).toEqual(['d', 'c'])
    expect(part(3).entries).toEqual(['d', 'c', 'b'])
    expect(part(4).entries).toEqual(['d', 'c', 'b', 'a'])
  })

  test('has the key alone where that is enough, until its entry is asked for', () => {
    const { actor, part } = makeMap({ a: '1', b: 'v'.repeat(9_000) })
    const keys = ['b', 'x'].map((key) => utf8Encode(key))
    actor.ask({ state: 2, keys, keysOnly: true })
    expect(part()).toMatchObject({ entries: [], present: ['b'], absent: ['x'] })
    actor.ask({ state: 2, keys, keysOnly: false })
    expect(part(2)).toMatchObject({ entries: ['b'], present: [], absent: ['x'] })
  })

  test('remembers 32 keys', () => {
    const { part, ask } = makeMap({ a: '1' })
    for (let i = 0; i < 100; i++) ask(`k${i}`)
    expect(part(1_000).absent).toEqual(Array.from({ length: 32 }, (_, i) => `k${99 - i}`))
  })

  test('is taken only of a map that is larger than what goes whole, as keys and values come and go', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'bb', 'ccc'), fc.option(fc.string({ maxLength: 9 })))),
        (changes) => {
          const { actor } = makeMap({})
          for (const [key, value] of changes)
            actor.mutate(value === null ? { op: 'remove', state: 2, key: utf8Encode(key) } : put(key, value))
          const is = actor.stateBytes
          if (!actor.hasState) return
          expect(actor.mapPart(2, is, 0)).toBeUndefined()
          expect(actor.mapPart(2, is - 1, 0)).toBeDefined()
        },
      ),
    ))
})

describe('an answer that lacks something', () => {
  /** Three messages, sent with a part of the state. */
  const sent = () => {
    const world = makeWorld()
    const actor = world.deliver('bob', 'one')
    world.deliver('bob', 'two')
    world.deliver('bob', 'three')
    actor.mutate(put('a', '1'))
    actor.lane!.lacking = new Lacking()
    return { world, actor }
  }

  test('makes the messages before it count; the others go out again at once, in their order, as if never tried', () => {
    const { world, actor } = sent()
    world.answer('bob', { ...lacks(1, 'a'), emits: [emitOf(0, 'effect')], mutations: [put('b', '2')] })
    expect(world.lane('bob')).toEqual([
      ['two', 0],
      ['three', 0],
    ])
    expect(actor.lane).toMatchObject({ inFlight: 0, queued: true, messages: [{ dueMs: 0 }, { dueMs: 0 }] })
    expect(world.shard.ready.take()).toEqual([actor])
    expect(world.emits('out-topic')).toHaveLength(1)
    expect(actor.mapPart(2, 0, 0)).toMatchObject({ count: 2, entries: [{ key: utf8Encode('a') }] })
    expect(world.actions.some(({ kind }) => kind === 'failed')).toBe(false)
  })

  test('does not end the search for a message that is to blame', () => {
    const { world, actor } = sent()
    actor.lane!.takeMax = 1
    world.answer('bob', lacks(0, 'a'))
    expect(actor.lane?.takeMax).toBe(1)
    world.answer('bob', {})
    expect(actor.lane?.takeMax).toBeGreaterThan(1)
  })

  test('is forgotten with the first that lacks nothing, or fails', () => {
    for (const last of [{}, { failed: failed(1) }]) {
      const { world, actor } = sent()
      world.answer('bob', lacks(1, 'a'))
      expect(actor.lane?.lacking).toMatchObject({ rounds: 1, keys: 1, whole: false })
      world.deliver('bob', 'four')
      world.answer('bob', last)
      expect(actor.lane?.lacking).toBeUndefined()
    }
  })

  test('asks for all after three in a row that got no message done, or at once', () => {
    const { world, actor } = sent()
    for (const key of ['a', 'b', 'c']) {
      world.answer('bob', lacks(0, key))
      expect(actor.lane?.lacking?.whole).toBe(false)
    }
    world.answer('bob', lacks(1, 'd'))
    expect(actor.lane?.lacking).toMatchObject({ rounds: 1, keys: 1, whole: false })
    for (const key of ['e', 'f', 'g']) world.answer('bob', lacks(0, key))
    expect(actor.lane?.lacking?.whole).toBe(true)
    const other = sent()
    other.world.answer('bob', lacks(0))
    expect(other.actor.lane?.lacking?.whole).toBe(true)
    const many = sent()
    many.world.answer('bob', lacks(0, ...Array.from({ length: 33 }, (_, i) => `k${i}`)))
    expect(many.actor.lane?.lacking?.whole).toBe(true)
  })

  test.each<[string, Partial<CallResult>, boolean]>([
    ['a message that was not sent', lacks(3, 'a'), true],
    ['though nothing was left out', lacks(0, 'a'), false],
    ['nothing', { incomplete: { index: 0, missing: [] } }, true],
    ['a state that is no map', { incomplete: { index: 0, missing: [{ state: 1, keys: [], keysOnly: false }] } }, true],
    [
      'a state that was not declared',
      { incomplete: { index: 0, missing: [{ state: 9, keys: [], keysOnly: false }] } },
      true,
    ],
    ['and fails', { ...lacks(1, 'a'), failed: failed(1) }, true],
  ])('is refused where it asks for %s', (_, result, inPart) => {
    const { world, actor } = sent()
    actor.lane!.lacking!.inPart = inPart
    world.answer('bob', { ...result, emits: [emitOf(0, 'effect')] })
    expect(world.emits('out-topic')).toEqual([])
    // Its messages go out one by one, until it is found which of them gets such an answer.
    expect(actor.lane?.takeMax).toBe(1)
    expect(world.lane('bob')).toHaveLength(3)
  })
})
