import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import type { Random } from '../../../runtime/ports/random.ts'

/** Draws of one part of a simulation. Each part has dice of its own, so that one more draw in one changes no other. */
export class Dice {
  readonly random: Random

  constructor(seed: string) {
    this.random = seededRandom(seed)
  }

  chance(odds: number): boolean {
    return odds > 0 && this.random.next() < odds
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.random.next() * (high - low + 1))
  }

  between(low: number, high: number): number {
    return low + this.random.next() * (high - low)
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new Error('nothing to pick from')
    return from[Math.floor(this.random.next() * from.length)]!
  }

  /** Mostly near `meanMs`, now and then many times as long. */
  latency(meanMs: number): number {
    const usual = -Math.log(1 - this.random.next()) * meanMs
    return usual * (this.chance(0.02) ? 30 : 1)
  }
}
