import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MarkerWait } from '../../../../runtime/connectors/kafka/marker-wait.ts'

/** Transactions one after another, the markers of each written so many milliseconds after its end. */
const run = (wait: MarkerWait, writtenAfterMs: readonly number[]): { refused: number; late: number } => {
  let [nowMs, refused, late] = [0, 0, 0]
  for (const neededMs of writtenAfterMs) {
    wait.ended(nowMs)
    const waitMs = wait.waitMs(nowMs)
    const early = waitMs < neededMs
    wait.answered(early)
    if (early) refused++
    else late += waitMs - neededMs
    nowMs += 10
  }
  return { refused, late }
}

describe('when to ask for the next transaction', () => {
  test('nothing is waited for before an answer has come too early, nor before a first transaction has ended', () => {
    const wait = new MarkerWait()
    expect(wait.waitMs(3)).toBe(0)
    wait.ended(3)
    expect(wait.waitMs(3)).toBe(0)
  })

  test('once it is known how long markers take, few requests come too early and the wait is not much longer', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.2, max: 4.5, noNaN: true }), (neededMs) => {
        const wait = new MarkerWait()
        const many = Array<number>(120).fill(neededMs)
        run(wait, many)
        const { refused, late } = run(wait, many)
        expect(refused / many.length).toBeLessThan(0.25)
        expect(late / many.length).toBeLessThan(0.5)
      }),
    )
  })

  test('markers that are written faster again are waited for less', () => {
    const wait = new MarkerWait()
    run(wait, Array<number>(100).fill(4))
    run(wait, Array<number>(100).fill(1))
    wait.ended(0)
    expect(wait.waitMs(0)).toBeLessThan(1.6)
  })

  test('a broker that takes long is asked after 5 ms', () => {
    const wait = new MarkerWait()
    run(wait, Array<number>(100).fill(300))
    wait.ended(0)
    expect(wait.waitMs(0)).toBe(5)
  })

  test('a request that comes long after the end waits for nothing and teaches nothing', () => {
    const wait = new MarkerWait()
    run(wait, Array<number>(100).fill(3))
    wait.ended(0)
    const before = wait.waitMs(0)
    for (let i = 0; i < 100; i++) {
      expect(wait.waitMs(50)).toBe(0)
      wait.answered(false)
    }
    expect(wait.waitMs(0)).toBe(before)
  })
})
