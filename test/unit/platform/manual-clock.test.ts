import { expect, test } from 'vitest'
import { ManualClock } from '../../../runtime/platform/manual-clock.ts'

test('timers fire in order of time and then of setting, each at its own time', () => {
  const clock = new ManualClock(1_000)
  const fired: string[] = []
  const note = (name: string) => () => fired.push(`${name} at ${clock.now()}, ${clock.monotonic()}`)
  clock.after(20, note('late'))
  clock.after(10, note('first'))
  clock.after(10, note('second'))
  clock.after(21, note('never'))
  expect(clock.nextDueMs()).toBe(1_010)
  clock.advance(20)
  expect(fired).toEqual(['first at 1010, 10', 'second at 1010, 10', 'late at 1020, 20'])
  expect(clock.now()).toBe(1_020)
})

test('a timer set by a timer fires in the same advance when its time comes', () => {
  const clock = new ManualClock(0)
  const fired: number[] = []
  const again = () => {
    fired.push(clock.now())
    clock.after(10, again)
  }
  clock.after(10, again)
  clock.advance(35)
  expect(fired).toEqual([10, 20, 30])
})

test('a cancelled timer does not fire', () => {
  const clock = new ManualClock(0)
  let fired = false
  const cancel = clock.after(5, () => (fired = true))
  cancel()
  clock.advance(10)
  expect(fired).toBe(false)
  expect(clock.nextDueMs()).toBeUndefined()
})

test('soon needs no time to pass, and comes after what is being done', async () => {
  const clock = new ManualClock()
  let came = false
  clock.soon(() => (came = true))
  expect(came).toBe(false)
  await Promise.resolve()
  expect(came).toBe(true)
})
