import { assert } from '../model/errors.ts'
import type { Clock } from '../ports/clock.ts'

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly action: () => void
}

/**
 * Time that stands still until it is advanced, for tests.
 * @example
 * const clock = new ManualClock()
 * clock.after(100, () => ring())
 * clock.advance(100) // rings
 */
export class ManualClock implements Clock {
  private timeMs: number
  private readonly startMs: number
  private timersMade = 0
  private readonly timers = new Set<Timer>()

  constructor(startMs = Date.UTC(2030, 0, 1)) {
    this.timeMs = startMs
    this.startMs = startMs
  }

  now(): number {
    return this.timeMs
  }

  monotonic(): number {
    return this.timeMs - this.startMs
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { dueMs: this.timeMs + Math.max(0, delayMs), order: this.timersMade++, action }
    this.timers.add(timer)
    return () => this.timers.delete(timer)
  }

  soon(action: () => void): void {
    queueMicrotask(action)
  }

  /** When the next timer is due; undefined when none is set. */
  nextDueMs(): number | undefined {
    return this.next()?.dueMs
  }

  /**
   * Lets time pass and fires what falls due meanwhile, each at its time, in order of time and then of setting. What a
   * timer sets fires too if its time comes. Promises that timers resolve go on only when the caller awaits.
   */
  advance(durationMs: number): void {
    assert(durationMs >= 0, 'a clock was advanced by a negative duration')
    const untilMs = this.timeMs + durationMs
    for (let timer = this.next(); timer !== undefined && timer.dueMs <= untilMs; timer = this.next()) {
      this.timers.delete(timer)
      this.timeMs = Math.max(this.timeMs, timer.dueMs)
      timer.action()
    }
    this.timeMs = untilMs
  }

  private next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.timers)
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order))
        first = timer
    return first
  }
}
