import { setImmediate } from 'node:timers'

const beginningMs = Date.UTC(2030, 0, 1)

interface Due {
  readonly atMs: number
  readonly order: number
  action: (() => void) | undefined
}

const isBefore = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

/**
 * Virtual time and everything that will happen in it. One thing happens at a time, in the order of time and then of
 * planning, and all promises that it lets go on have gone on before the next: nothing depends on the machine.
 */
export class Scheduler {
  /** Milliseconds since the beginning of the world, with fractions. */
  nowMs = 0
  happened = 0
  private readonly heap: Due[] = []
  private planned = 0

  /** What the calendar says; whole milliseconds since 1970. */
  get calendarMs(): number {
    return beginningMs + Math.floor(this.nowMs)
  }

  /** Plans `action`; the answer takes it back. */
  after(delayMs: number, action: () => void): () => void {
    const due: Due = { atMs: this.nowMs + Math.max(0, delayMs), order: this.planned++, action }
    this.push(due)
    return () => (due.action = undefined)
  }

  /** Lets time pass until `done` says so, nothing is planned any more, or `untilMs` is reached. */
  async run(done: () => boolean, untilMs: number): Promise<void> {
    await allGoneOn()
    while (!done()) {
      const due = this.pop()
      if (!due) return
      if (due.atMs > untilMs) {
        this.push(due)
        this.nowMs = untilMs
        return
      }
      if (!due.action) continue
      this.nowMs = due.atMs
      this.happened++
      due.action()
      await allGoneOn()
    }
  }

  private push(due: Due): void {
    const { heap } = this
    let at = heap.push(due) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(due, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = due
  }

  private pop(): Due | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

/** An immediate comes once no promise can go on by itself. */
const allGoneOn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
