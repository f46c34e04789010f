import { ManualClock } from '../platform/manual-clock.ts'
import type { Clock } from '../ports/clock.ts'

/**
 * Time that passes only when it is told to. A timer that is set again by its own firing is housekeeping (a look at the
 * manifest every 5 s): it fires late, once after any leap, or a day would be made of seventeen thousand steps.
 */
export class TestClock implements Clock {
  private readonly manual: ManualClock
  private readonly housekeeping = new Set<{ readonly dueMs: number; readonly action: () => void }>()
  private firing = false

  constructor(startMs: number | undefined) {
    this.manual = new ManualClock(startMs)
  }

  now(): number {
    return this.manual.now()
  }

  monotonic(): number {
    return this.manual.monotonic()
  }

  after(delayMs: number, action: () => void): () => void {
    if (!this.firing) return this.manual.after(delayMs, () => this.fire(action))
    const timer = { dueMs: this.now() + delayMs, action }
    this.housekeeping.add(timer)
    return () => this.housekeeping.delete(timer)
  }

  soon(action: () => void): void {
    this.manual.soon(action)
  }

  /** When the next timer is due that is no housekeeping. */
  nextDueMs(): number | undefined {
    return this.manual.nextDueMs()
  }

  /** Fires what is due by then. Promises that timers resolve go on only when the caller awaits. */
  goTo(timeMs: number): void {
    this.manual.advance(Math.max(0, timeMs - this.now()))
    for (const timer of [...this.housekeeping])
      if (timer.dueMs <= this.now() && this.housekeeping.delete(timer)) this.fire(timer.action)
  }

  private fire(action: () => void): void {
    this.firing = true
    try {
      action()
    } finally {
      this.firing = false
    }
  }
}
