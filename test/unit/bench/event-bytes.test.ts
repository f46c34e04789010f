import { describe, expect, it } from 'vitest'
import { eventOf } from '../../bench/parts/event.ts'

describe('an event of the bench', () => {
  it.each([200, 1_000, 100_000])(
    'has the %i bytes that are asked for, give or take the digits of its numbers',
    (bytes) => {
      for (const n of [0, 123_456]) {
        const { value } = eventOf(n, { keys: 10_000, bytes })!
        expect(Math.abs(value.length - bytes)).toBeLessThanOrEqual(10)
      }
    },
  )

  it('has about a hundred bytes where nothing is asked for', () => {
    const { value } = eventOf(123_456, { keys: 10_000 })!
    expect(Math.abs(value.length - 100)).toBeLessThanOrEqual(10)
  })
})
