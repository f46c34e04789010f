import { ManualClock } from '../../../runtime/platform/manual-clock.ts'

/** Time that jumps to the next timer as soon as nothing else is to be done: waits cost a test nothing. */
export class SkippingClock extends ManualClock {
  private jumpedMs = 0

  /** Sets the clock without time having passed. */
  jump(byMs: number): void {
    this.jumpedMs += byMs
  }

  override now(): number {
    return super.now() + this.jumpedMs
  }

  override after(delayMs: number, action: () => void): () => void {
    const cancel = super.after(delayMs, action)
    setImmediate(() => {
      const dueMs = this.nextDueMs()
      if (dueMs !== undefined) this.advance(Math.max(0, dueMs - super.now()))
    })
    return cancel
  }
}
