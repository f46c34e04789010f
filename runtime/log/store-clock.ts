import { MillraceError } from '../model/errors.ts'
import type { Clock } from '../ports/clock.ts'

const skewMsMax = 60_000
const pauseMsMin = 15 * 60_000
/** More than clocks are corrected by in small steps. */
const jumpMs = 10_000

/** Compares the clock with the store's own, which comes with each answer (rules 7 and 28). */
export class StoreClock {
  private readonly clock: Clock
  private last: number | undefined
  private observed: { readonly clockMs: number; readonly monotonicMs: number } | undefined

  constructor(clock: Clock) {
    this.clock = clock
  }

  /**
   * True until the store was first heard of, and when the clock has since moved otherwise than time does: then the store
   * is to be asked before anything is committed with this clock's time, which would stay for ever (rule 28).
   */
  get inDoubt(): boolean {
    const { clock, observed } = this
    if (!observed) return true
    const movedMs = clock.now() - observed.clockMs
    return Math.abs(movedMs - (clock.monotonic() - observed.monotonicMs)) > jumpMs
  }

  /**
   * Takes the store's time from an answer to a request that was sent at `sentMs` of the monotonic clock: this process may
   * have slept since the store wrote it. Answers `paused` when it has jumped so far since the last answer that this process
   * may have slept through a take-over: the manifest must be read before anything else. Throws CLOCK_SKEW.
   */
  observe(storeTimeMs: number | undefined, sentMs: number): 'steady' | 'paused' {
    this.observed = { clockMs: this.clock.now(), monotonicMs: this.clock.monotonic() }
    if (storeTimeMs === undefined) return 'steady'
    this.check(storeTimeMs, sentMs)
    const before = this.last
    this.last = storeTimeMs
    return before !== undefined && storeTimeMs - before > pauseMsMin ? 'paused' : 'steady'
  }

  /** Throws CLOCK_SKEW where the clock is off the store's time, as `observe` is told it. */
  check(storeTimeMs: number, sentMs: number): void {
    const skewMs = this.clock.now() - storeTimeMs
    if (skewMs < -skewMsMax || skewMs > skewMsMax + this.clock.monotonic() - sentMs) throw skewed(skewMs)
  }

  /**
   * Throws CLOCK_SKEW where a window's time is too far ahead of what the store's must be by now: the clock was, for a moment,
   * and is not any more.
   */
  checkWindow(clockMs: number): void {
    if (this.last === undefined || this.observed === undefined) return
    const storeTimeMs = this.last + this.clock.monotonic() - this.observed.monotonicMs
    if (clockMs - storeTimeMs > skewMsMax + jumpMs) throw skewed(clockMs - storeTimeMs)
  }
}

const skewed = (skewMs: number): MillraceError => {
  const [seconds, which] = [Math.abs(Math.round(skewMs / 1_000)), skewMs > 0 ? 'ahead of' : 'behind']
  return new MillraceError(
    'CLOCK_SKEW',
    `this machine's clock is ${seconds} s ${which} the store's (60 s are allowed either way): set the clock, then start again`,
  )
}
