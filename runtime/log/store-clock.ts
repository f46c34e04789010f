import { MillraceError } from '../model/errors.ts'
import type { Clock } from '../ports/clock.ts'

const skewMsMax = 60_000
const pauseMsMin = 15 * 60_000

/** Compares the clock with the store's own, which comes with each answer (rules 7 and 28). */
export class StoreClock {
  private readonly clock: Clock
  private last: number | undefined

  constructor(clock: Clock) {
    this.clock = clock
  }

  /**
   * Takes the store's time. Answers `paused` when it has jumped so far since the last answer that this process may have
   * slept through a take-over: the manifest must be read before anything else. Throws CLOCK_SKEW.
   */
  observe(storeTimeMs: number | undefined): 'steady' | 'paused' {
    if (storeTimeMs === undefined) return 'steady'
    const skewMs = this.clock.now() - storeTimeMs
    if (Math.abs(skewMs) > skewMsMax) {
      const seconds = Math.round(skewMs / 1_000)
      const message = `this machine's clock is ${seconds} s ahead of the store's (60 s are allowed either way): set the clock, then start again`
      throw new MillraceError('CLOCK_SKEW', message)
    }
    const before = this.last
    this.last = storeTimeMs
    return before !== undefined && storeTimeMs - before > pauseMsMin ? 'paused' : 'steady'
  }
}
