import { expect, test } from 'vitest'
import { WalkedMaps } from '../../../runtime/coordinator/walked-maps.ts'

/** Of so many calls: how many went whole at once, and how many had to be made again. */
const course = (calls: number, walks: (call: number) => boolean) => {
  const maps = new WalkedMaps()
  let whole = 0
  let again = 0
  for (let call = 0; call < calls; call++)
    if (maps.next(0, 1)) whole++
    else if (walks(call)) {
      again++
      maps.asked(0, 1)
    }
  return { whole, again }
}

test('a map that is walked through in each call soon goes whole, and is tried in part ever more seldom', () => {
  expect(course(100_000, () => true).again).toBeLessThan(120)
  expect(course(1_000, () => true).again).toBeLessThan(12)
})

test('a map that is walked through now and then goes in part, but for one call after each', () => {
  const { whole, again } = course(10_000, (call) => call % 50 === 0)
  expect(again).toBeGreaterThan(100)
  expect(whole).toBeLessThanOrEqual(again)
})

test('many answers of the same moment count once', () => {
  const maps = new WalkedMaps()
  for (let i = 0; i < 1_000; i++) maps.asked(0, 1)
  expect([maps.next(0, 1), maps.next(0, 1)]).toEqual([true, false])
})

test('other maps and functions go on in part', () => {
  const maps = new WalkedMaps()
  maps.asked(1, 1)
  expect([maps.next(0, 1), maps.next(1, 0), maps.next(1, 1)]).toEqual([false, false, true])
})
