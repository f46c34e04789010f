/** Time as Millrace sees it. Milliseconds since 1970. */
export interface Clock {
  now(): number
  /** Calls `action` once, not before `delayMs` have passed; the answer cancels it. */
  after(delayMs: number, action: () => void): () => void
  /** Calls `action` once all that has arrived by now, as messages on sockets, has been handed over. */
  soon(action: () => void): void
  /** A monotonic reading in milliseconds with fractions, for durations alone. */
  monotonic(): number
}

export const sleep = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => clock.after(delayMs, resolve))
