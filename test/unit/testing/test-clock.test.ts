import { expect, test } from 'vitest'
import { TestClock } from '../../../runtime/testing/test-clock.ts'

test('fires timers at their times, in order, and only when time is told to pass', () => {
  const clock = new TestClock(1_000)
  const fired: string[] = []
  clock.after(20, () => fired.push(`b ${clock.now()}`))
  clock.after(10, () => fired.push(`a ${clock.now()}`))
  clock.after(5, () => fired.push('cancelled'))()
  expect([clock.nextDueMs(), fired]).toEqual([1_010, []])
  clock.goTo(2_000)
  expect([clock.now(), clock.monotonic(), fired]).toEqual([2_000, 1_000, ['a 1010', 'b 1020']])
})

test('fires what sets itself again once after any leap, and steps over it', () => {
  const clock = new TestClock(0)
  const fired: number[] = []
  const every = (): void => {
    fired.push(clock.now())
    clock.after(5, every)
  }
  clock.after(5, every)
  clock.goTo(5)
  expect(clock.nextDueMs()).toBeUndefined()
  clock.goTo(9)
  clock.goTo(1_000_000)
  clock.goTo(1_000_004)
  clock.goTo(1_000_005)
  expect(fired).toEqual([5, 1_000_000, 1_000_005])
})
