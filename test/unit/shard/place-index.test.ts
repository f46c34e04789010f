import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PlaceIndex } from '../../../runtime/shard/place-index.ts'

/** Few hashes, at both ends of their range, so that they meet, and searches run over the end of the table. */
const hash = fc.oneof(
  fc.nat({ max: 5 }),
  fc.integer({ min: 0x03ff_fffa, max: 0x03ff_ffff }),
  fc.nat({ max: 0x03ff_ffff }),
)
const step = fc.record({ do: fc.constantFrom('add', 'add', 'add', 'remove', 'move'), hash, nth: fc.nat() })

interface Entry {
  readonly hash: number
  chunk: number
  offset: number
}

const entriesOf = (index: PlaceIndex, of: number): Omit<Entry, 'hash'>[] => {
  const found = []
  for (let place = index.first(of); place >= 0; place = index.next(place, of))
    found.push({ chunk: index.chunk(place), offset: index.offset(place) })
  return found.toSorted((a, b) => a.offset - b.offset)
}
const placeOf = (index: PlaceIndex, { hash: of, offset }: Entry): number => {
  let place = index.first(of)
  while (index.offset(place) !== offset) place = index.next(place, of)
  return place
}

test('an index finds what was put into it and not removed, and nothing else, however hashes meet', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const index = new PlaceIndex()
      const model: Entry[] = []
      let offset = 0
      for (const each of steps) {
        const chosen = model[each.nth % Math.max(1, model.length)]
        if (each.do === 'add') {
          const entry = { hash: each.hash, chunk: offset % 3, offset: offset++ }
          index.add(entry.hash, entry.chunk, entry.offset)
          model.push(entry)
        } else if (chosen && each.do === 'remove') {
          index.remove(placeOf(index, chosen))
          model.splice(model.indexOf(chosen), 1)
        } else if (chosen) {
          const place = placeOf(index, chosen)
          Object.assign(chosen, { chunk: 7, offset: offset++ })
          index.move(place, chosen.chunk, chosen.offset)
        }
      }
      expect(index.size).toBe(model.length)
      for (const of of new Set([...steps.map((each) => each.hash), 77])) {
        const expected = model.filter((entry) => entry.hash === of)
        expect(entriesOf(index, of)).toEqual(
          expected.map(({ chunk, offset: at }) => ({ chunk, offset: at })).toSorted((a, b) => a.offset - b.offset),
        )
      }
    }),
    { numRuns: 300 },
  )
})
