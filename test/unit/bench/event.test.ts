import { expect, it } from 'vitest'
import { eventOf, isMarkedKey, othersOf, type Event, type Load } from '../../bench/parts/event.ts'

const eventsOf = (count: number, load: Load): Event[] =>
  Array.from({ length: count }, (_, n) => eventOf(n, load)).flatMap((event) =>
    event ? [JSON.parse(Buffer.from(event.value).toString()) as Event] : [],
  )

it('spreads events evenly over all keys', () => {
  const keys = new Map<string, number>()
  for (const { key } of eventsOf(3_000, { keys: 1_000 })) keys.set(key, (keys.get(key) ?? 0) + 1)
  expect(keys.size).toBe(1_000)
  expect(new Set(keys.values())).toEqual(new Set([3]))
})

it('marks, or leaves out, all events of one key in so many', () => {
  const marked: Load = { keys: 1_000, marks: { oneOf: 10, as: 'marked' } }
  const events = eventsOf(5_000, marked)
  expect(events.filter((event) => event.marked)).toHaveLength(500)
  expect(events.every((event) => (event.marked ?? false) === isMarkedKey(event.key, marked))).toBe(true)
  expect(othersOf(5_000, marked)).toBe(4_500)
  expect(eventsOf(5_000, { ...marked, marks: { oneOf: 10, as: 'left-out' } })).toHaveLength(4_500)
  const plain = eventsOf(5_000, { ...marked, marks: { oneOf: 10, as: 'plain' } })
  expect(plain.map(({ key }) => key)).toEqual(events.map(({ key }) => key))
  expect(plain.some((event) => event.marked)).toBe(false)
})

it('gives every other event to one key', () => {
  const events = eventsOf(1_000, { keys: 100, hot: true })
  expect(events.filter(({ key }) => key === 'hot')).toHaveLength(500)
})
