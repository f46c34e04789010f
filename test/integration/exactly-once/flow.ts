import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { remindEvery, totalOf, type FlowEvent } from './actors.ts'

export interface KeyedEvent extends FlowEvent {
  readonly key: string
}

/** All events of a run in the order in which they are fed, and what must have come of them in the end. */
export interface Flow {
  readonly events: readonly KeyedEvent[]
  readonly byKey: ReadonlyMap<string, readonly KeyedEvent[]>
  readonly totals: ReadonlyMap<string, { readonly count: number; readonly sum: number }>
  /** Of all keys. */
  readonly reminders: number
}

const keyCount = 500

export const makeFlow = (seed: string, count: number): Flow => {
  const random = seededRandom(`${seed}/events`)
  const byKey = new Map<string, KeyedEvent[]>()
  const totals = new Map<string, { count: number; sum: number }>()
  const events = Array.from({ length: count }, (): KeyedEvent => {
    const key = `k${Math.floor(random.next() * keyCount)}`
    const earlier = byKey.get(key) ?? []
    const event = { key, n: earlier.length + 1, amount: 1 + Math.floor(random.next() * 1_000) }
    byKey.set(key, [...earlier, event])
    const total = totals.get(totalOf(key)) ?? { count: 0, sum: 0 }
    totals.set(totalOf(key), { count: total.count + 1, sum: total.sum + event.amount })
    return event
  })
  const reminders = [...byKey.values()].reduce((sum, { length }) => sum + Math.floor(length / remindEvery), 0)
  return { events, byKey, totals, reminders }
}
