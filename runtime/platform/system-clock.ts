import type { Clock } from '../ports/clock.ts'

// Node fires a timer with a longer delay at once.
const longestDelayMs = 2 ** 31 - 1

const after = (delayMs: number, action: () => void): (() => void) => {
  const dueAt = performance.now() + delayMs
  let timer: NodeJS.Timeout
  const arm = () => {
    const leftMs = dueAt - performance.now()
    // Node may fire up to a millisecond early, and the port promises "not before".
    timer = setTimeout(
      () => (performance.now() >= dueAt ? action() : arm()),
      Math.min(Math.ceil(leftMs), longestDelayMs),
    )
  }
  arm()
  return () => clearTimeout(timer)
}

/** The time of this machine. A pending timer keeps the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after,
  soon: (action) => void setImmediate(action),
  monotonic: () => performance.now(),
}
