import { describe, expect, it } from 'vitest'
import { allocatedBy } from '../../../bench/stages/allocations.ts'
import { cpuOf } from '../../../bench/stages/cpu.ts'

const kept: unknown[] = []
const spin = (turns: number): void => {
  let sum = 0
  for (let i = 0; i < turns; i++) sum += Math.sqrt(i)
  kept[0] = sum
}

describe('what an event costs', () => {
  it('grows with the work that it takes, not with what is done to prepare it', async () => {
    const work = () => ({ events: 10, run: () => spin(1_000_000) })
    const limit = () => {
      spin(5_000_000)
      return { events: 10, run: () => spin(50_000) }
    }
    const cost = await cpuOf({ work, limit }, { rounds: 5, milliseconds: 1 })
    expect(cost.work).toBeGreaterThan(4 * cost.limit)
  })

  it('counts the bytes of objects and of buffers', async () => {
    const buffers = () => ({
      events: 100,
      run: () => void (kept[0] = Array.from({ length: 100 }, () => new ArrayBuffer(50_000))),
    })
    const arrays = () => ({
      events: 1_000,
      run: () => void (kept[0] = Array.from({ length: 1_000 }, () => new Array(1_000).fill(0.5))),
    })
    for (const [units, least] of [
      [buffers, 50_000],
      [arrays, 4_000],
    ] as const) {
      const bytes = await allocatedBy(units)
      expect(bytes).toBeGreaterThan(least)
      expect(bytes).toBeLessThan(least * 4)
    }
  })
})
