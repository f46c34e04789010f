import { describe, expect, test } from 'vitest'
import { Breaker } from '../../../runtime/coordinator/breaker.ts'
import { EndpointQueue } from '../../../runtime/coordinator/endpoint-queue.ts'
import { Shard } from '../../../runtime/shard/shard.ts'

describe('a breaker', () => {
  test('pauses twice as long with each failure in a row, up to 10 s, and lets one request out at a time', () => {
    const breaker = new Breaker()
    expect(breaker.allows(0, 100)).toBe(true)
    let nowMs = 0
    const pauses: number[] = []
    for (let i = 0; i < 10; i++) {
      pauses.push(breaker.failed(nowMs, 1))
      expect(breaker.open).toBe(true)
      expect(breaker.allows(nowMs + pauses.at(-1)! - 1, 0)).toBe(false)
      nowMs += pauses.at(-1)!
      expect(breaker.allows(nowMs, 0)).toBe(true)
      expect(breaker.allows(nowMs, 1)).toBe(false)
    }
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
    breaker.succeeded()
    expect(breaker.allows(nowMs, 100)).toBe(true)
    expect(breaker.failed(nowMs, 1)).toBe(50)
  })

  test('requests that were under way when it opened count as one failure', () => {
    const breaker = new Breaker()
    const pauses = Array.from({ length: 64 }, (_, i) => breaker.failed(i / 10, 1))
    expect(pauses[63]).toBeLessThanOrEqual(50)
    expect(breaker.failed(50, 1)).toBe(100)
  })

  test('jitter takes up to half of the pause', () => {
    expect(new Breaker().failed(0, 0)).toBe(25)
  })
})

describe('the queue of an endpoint', () => {
  const shard = new Shard()
  const table = shard.declareFunction('t/a')
  const actors = (...ids: string[]) => ids.map((id) => shard.actor(table, id))
  const ids = (of: readonly { id: string }[] | undefined) => of?.map(({ id }) => id).join('')

  test('suspects come in halves, and take turns with the others', () => {
    const queue = new EndpointQueue()
    for (const actor of actors('x', 'y')) queue.add(actor)
    queue.addSuspects(actors('a', 'b', 'c'), 7)
    expect(queue.length).toBe(4)
    const turns = Array.from({ length: 4 }, () => {
      const suspects = queue.takeSuspects()
      if (suspects) return ids(suspects.actors)
      const next = queue.peek()
      if (next) queue.advance()
      return next?.id
    })
    expect(turns.toSorted()).toEqual(['ab', 'c', 'x', 'y'])
    expect(turns.slice(0, 2).some((turn) => turn === 'ab')).toBe(true)
    expect(turns.slice(0, 2).some((turn) => turn === 'x')).toBe(true)
    expect(queue.length).toBe(0)
  })

  test('what has had its turn and lacked something comes before all that wait for theirs', () => {
    const queue = new EndpointQueue()
    const order: string[] = []
    const take = (count: number): void => {
      for (let i = 0; i < count; i++) {
        order.push(queue.peek()!.id)
        queue.advance()
      }
    }
    for (const actor of actors('a', 'b', 'c')) queue.add(actor)
    take(1)
    for (const actor of actors('x', 'y')) queue.addFirst(actor)
    expect(queue.length).toBe(4)
    take(1)
    for (const actor of actors('z')) queue.addFirst(actor)
    take(4)
    expect(order).toEqual(['a', 'x', 'y', 'z', 'b', 'c'])
    expect(queue.length).toBe(0)
    expect(queue.peek()).toBeUndefined()
  })

  test('what never reached the endpoint goes back to the front, in its order', () => {
    const queue = new EndpointQueue()
    for (const actor of actors('a', 'b', 'c', 'd')) queue.add(actor)
    queue.advance()
    queue.advance()
    queue.putBack(actors('a', 'b'))
    const order: string[] = []
    for (let next = queue.peek(); next; next = queue.peek()) {
      order.push(next.id)
      queue.advance()
    }
    expect(order).toEqual(['a', 'b', 'c', 'd'])
  })
})
