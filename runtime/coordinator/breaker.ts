/**
 * Keeps requests from an endpoint that does not answer: after a failure nothing is sent until a pause has passed, which
 * doubles with each failure in a row; then one request at a time goes out until one is answered. Times are readings of the
 * monotonic clock, by which timers run: by another, the one look after the pause could come too early, and be the last.
 */
export class Breaker {
  private failures = 0
  private openUntilMs = 0
  /** Answered requests so far: tells whether an endpoint answered at all since some moment. */
  successes = 0

  get open(): boolean {
    return this.failures > 0
  }

  /** Whether a request may be sent while `inFlight` others are under way. */
  allows(nowMs: number, inFlight: number): boolean {
    return this.failures === 0 || (nowMs >= this.openUntilMs && inFlight === 0)
  }

  succeeded(): void {
    this.failures = 0
    this.successes++
  }

  /** Answers how long to wait. `jitter` is from 0 to 1. */
  failed(nowMs: number, jitter: number): number {
    // Those that were under way when the first failed tell nothing new: a hundred of them are one failure.
    if (this.failures > 0 && nowMs < this.openUntilMs) return this.openUntilMs - nowMs
    const pauseMs = Math.min(10_000, 50 * 2 ** Math.min(this.failures, 10)) * (0.5 + jitter / 2)
    this.failures++
    this.openUntilMs = nowMs + pauseMs
    return pauseMs
  }
}
