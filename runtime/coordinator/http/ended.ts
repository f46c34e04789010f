import type { RunningCoordinator } from '../running.ts'

const waiters = new WeakMap<RunningCoordinator, Set<() => void>>()

/**
 * Calls `action` once when a coordinator has ended, however it did; the answer cancels that. One handler serves all who
 * wait: each `race` against its long-lived promise would be kept until the end.
 */
export const whenEnded = (running: RunningCoordinator, action: () => void): (() => void) => {
  let waiting = waiters.get(running)
  if (!waiting) {
    const set = new Set<() => void>()
    const all = (): void => {
      for (const each of set) each()
      set.clear()
      // Whoever comes after the end is told at once.
      waiters.delete(running)
    }
    waiters.set(running, set)
    running.ended.then(all, all)
    waiting = set
  }
  waiting.add(action)
  return () => waiting.delete(action)
}
