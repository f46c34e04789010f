import { expect, it } from 'vitest'
import { inTurns } from '../../bench/parts/in-turns.ts'

it('lets drift favour neither of two things', async () => {
  let minute = 0
  const [first, second] = await inTurns(['a', 'b'], (what) => Promise.resolve(`${what}${minute++}`))
  expect([first, second]).toEqual([
    ['a1', 'a2'],
    ['b0', 'b3'],
  ])
})
