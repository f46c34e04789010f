const laterMs = 0.5
const earlierMs = 0.1
const waitMsMax = 5

/**
 * When to ask for the next transaction of a producer. Kafka answers the end of one before its markers are written, and
 * refuses the next until they are. How long that takes is learned from the answers: of six first requests about one comes
 * too early, so that the wait stays close to what it takes.
 */
export class MarkerWait {
  private expectedMs = 0
  private endedMs = -Infinity
  private waited = false

  /** The end of a transaction has been answered. */
  ended(nowMs: number): void {
    this.endedMs = nowMs
  }

  /** How long to wait before the first request. At most 5 ms after the end: what takes longer is asked for again anyway. */
  waitMs(nowMs: number): number {
    const waitMs = Math.max(0, this.endedMs + this.expectedMs - nowMs)
    this.waited = waitMs > 0
    return waitMs
  }

  /** How the first request was answered. One that came late anyway says nothing. */
  answered(tooEarly: boolean): void {
    if (tooEarly) this.expectedMs = Math.min(waitMsMax, this.expectedMs + laterMs)
    else if (this.waited) this.expectedMs = Math.max(0, this.expectedMs - earlierMs)
  }
}
