import type { Clock } from '../../ports/clock.ts'

/** Those who wait for something, each equally long at most: one timer serves them all. */
export class Waiters<T> {
  private readonly clock: Clock
  private readonly timeoutMs: number
  private readonly late: (waiter: T) => void
  /** With the time at which each has waited too long, which comes in the order of the map. */
  private readonly waiting = new Map<T, number>()
  private cancel: (() => void) | undefined

  /** @param late called for each that has waited for `timeoutMs`, and waits no longer */
  constructor(clock: Clock, timeoutMs: number, late: (waiter: T) => void) {
    this.clock = clock
    this.timeoutMs = timeoutMs
    this.late = late
  }

  add(waiter: T): void {
    this.waiting.set(waiter, this.clock.monotonic() + this.timeoutMs)
    this.cancel ??= this.clock.after(this.timeoutMs, () => this.look())
  }

  remove(waiter: T): void {
    this.waiting.delete(waiter)
    // A timer that is pending keeps a process alive.
    if (this.waiting.size === 0) this.stop()
  }

  /** Those who wait now. */
  all(): readonly T[] {
    return [...this.waiting.keys()]
  }

  private look(): void {
    this.stop()
    const nowMs = this.clock.monotonic()
    for (const [waiter, dueMs] of this.waiting) {
      if (dueMs > nowMs) {
        // One that was added meanwhile may have set it for a later time.
        this.stop()
        this.cancel = this.clock.after(dueMs - nowMs, () => this.look())
        return
      }
      this.waiting.delete(waiter)
      this.late(waiter)
    }
  }

  private stop(): void {
    this.cancel?.()
    this.cancel = undefined
  }
}
