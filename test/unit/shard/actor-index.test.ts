import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { ActorIndex } from '../../../runtime/shard/actor-index.ts'

const id = fc.oneof(
  fc.nat({ max: 40 }).map(String),
  fc.constantFrom('', 'é', '\u{1f600}', 'a\ud800', 'ab', 'a b'),
  fc.string({ unit: 'binary', maxLength: 3 }),
)
const step = fc.record({ do: fc.constantFrom('add', 'add', 'delete'), id })
const isAscii = (text: string): boolean => [...utf8Encode(text)].every((byte) => byte < 0x80)

test('an index finds who was added and not deleted, and nobody else, by id and by the bytes of an id that is ASCII', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const index = new ActorIndex<{ id: string }>()
      const model = new Map<string, { id: string }>()
      for (const each of steps) {
        if (each.do === 'delete') {
          index.delete(each.id)
          model.delete(each.id)
        } else if (!model.has(each.id)) {
          const actor = { id: each.id }
          index.add(actor)
          model.set(each.id, actor)
        }
      }
      expect(index.size).toBe(model.size)
      expect(new Set(index.values())).toEqual(new Set(model.values()))
      expect([...index.values()]).toHaveLength(model.size)
      for (const each of steps) {
        expect(index.get(each.id)).toBe(model.get(each.id))
        expect(index.withBytes(utf8Encode(each.id))).toBe(isAscii(each.id) ? model.get(each.id) : undefined)
      }
    }),
    { numRuns: 300 },
  )
})

test('ids whose hashes are the same are kept apart', () => {
  // Of so many ids some share all 32 bits: five pairs are to be expected.
  const count = 200_000
  const index = new ActorIndex<{ id: string }>()
  for (let i = 0; i < count; i++) index.add({ id: `key-${i}` })
  const wrong = (): string[] =>
    [...index.values()].flatMap((actor) =>
      index.get(actor.id) === actor && index.withBytes(utf8Encode(actor.id)) === actor ? [] : [actor.id],
    )
  expect(wrong()).toEqual([])
  for (let i = 0; i < count; i += 2) index.delete(`key-${i}`)
  expect(index.size).toBe(count / 2)
  expect(wrong()).toEqual([])
})

test('who is there while all are gone through is met once, whoever else comes and goes', () => {
  const index = new ActorIndex<{ id: string }>()
  for (const each of ['a', 'b', 'c', 'd']) index.add({ id: each })
  const met: string[] = []
  for (const actor of index.values()) {
    met.push(actor.id)
    if (actor.id !== 'b') continue
    index.delete('a')
    index.delete('c')
    for (let i = 0; i < 100; i++) index.add({ id: `${i}` })
  }
  expect(met.filter((each) => ['a', 'b', 'c', 'd'].includes(each))).toEqual(['a', 'b', 'd'])
})
