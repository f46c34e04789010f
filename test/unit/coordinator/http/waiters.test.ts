import { expect, test } from 'vitest'
import { ManualClock } from '../../../../runtime/platform/manual-clock.ts'
import { Waiters } from '../../../../runtime/coordinator/http/waiters.ts'

const make = () => {
  const clock = new ManualClock()
  const late: string[] = []
  const waiters = new Waiters<string>(clock, 100, (waiter) => late.push(`${waiter}@${clock.monotonic()}`))
  return { clock, late, waiters }
}

test('each is late when it has waited long enough, and never again', () => {
  const { clock, late, waiters } = make()
  waiters.add('a')
  clock.advance(30)
  waiters.add('b')
  waiters.add('c')
  clock.advance(69)
  expect(late).toEqual([])
  clock.advance(1)
  expect(late).toEqual(['a@100'])
  expect(waiters.all()).toEqual(['b', 'c'])
  clock.advance(1_000)
  expect(late).toEqual(['a@100', 'b@130', 'c@130'])
  waiters.add('d')
  clock.advance(100)
  expect(late.at(-1)).toBe('d@1200')
})

test('who waits no longer is not late, whoever else is', () => {
  const { clock, late, waiters } = make()
  for (const waiter of ['a', 'b', 'c']) {
    waiters.add(waiter)
    clock.advance(10)
  }
  waiters.remove('a')
  waiters.remove('b')
  clock.advance(1_000)
  expect(late).toEqual(['c@120'])
})

test('no timer is left when nobody waits', () => {
  const { clock, waiters } = make()
  waiters.add('a')
  expect(clock.nextDueMs()).toBeDefined()
  waiters.remove('a')
  expect(clock.nextDueMs()).toBeUndefined()
  waiters.add('b')
  clock.advance(100)
  expect(clock.nextDueMs()).toBeUndefined()
})

test('one that is late may add another, which waits its whole time', () => {
  const clock = new ManualClock()
  const late: number[] = []
  const waiters: Waiters<number> = new Waiters<number>(clock, 100, (n) => {
    late.push(clock.monotonic())
    if (n < 3) waiters.add(n + 1)
  })
  waiters.add(1)
  clock.advance(1_000)
  expect(late).toEqual([100, 200, 300])
})

test('who is added by one that is late holds up none of those who wait already', () => {
  const clock = new ManualClock()
  const late: string[] = []
  const waiters: Waiters<string> = new Waiters<string>(clock, 100, (waiter) => {
    late.push(`${waiter}@${clock.monotonic()}`)
    if (waiter === 'a') waiters.add('c')
  })
  waiters.add('a')
  clock.advance(30)
  waiters.add('b')
  clock.advance(1_000)
  expect(late).toEqual(['a@100', 'b@130', 'c@200'])
})
