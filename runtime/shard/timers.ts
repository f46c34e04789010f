import type { Actor, DelayedMessage } from './actor.ts'

const before = (a: DelayedMessage, b: DelayedMessage): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.timer < b.timer)

const leave = (sender: Actor, delayed: DelayedMessage): void => {
  const { timers } = sender
  const last = timers?.pop()
  if (!timers || !last) return
  if (last !== delayed) timers[timers.indexOf(delayed)] = last
  if (timers.length === 0) sender.timers = undefined
}

/** Delayed messages by (due, insertion): a binary heap. Cancelled ones leave the heap when they come up. */
export class Timers {
  private readonly heap: DelayedMessage[] = []
  private readonly byNumber = new Map<number, DelayedMessage>()
  private readonly byToken = new Map<Actor, Map<string, DelayedMessage>>()

  get size(): number {
    return this.byNumber.size
  }

  all(): Iterable<DelayedMessage> {
    return this.byNumber.values()
  }

  get(timer: number): DelayedMessage | undefined {
    return this.byNumber.get(timer)
  }

  withToken(sender: Actor, token: string): DelayedMessage | undefined {
    return this.byToken.get(sender)?.get(token)
  }

  /** When the first is due; undefined when there is none. */
  nextDueMs(): number | undefined {
    // The same object and not the same number: a checkpoint's later segment replaces what an earlier one has set.
    while (this.heap[0] && this.byNumber.get(this.heap[0].timer) !== this.heap[0]) this.pop()
    return this.heap[0]?.dueMs
  }

  /** The first one that is due at `nowMs`; it stays until it is removed. */
  due(nowMs: number): DelayedMessage | undefined {
    const next = this.nextDueMs()
    return next !== undefined && next <= nowMs ? this.heap[0] : undefined
  }

  add(delayed: DelayedMessage): void {
    this.byNumber.set(delayed.timer, delayed)
    const { sender } = delayed
    if (sender.timers) sender.timers.push(delayed)
    else sender.timers = [delayed]
    if (delayed.token !== undefined) {
      let tokens = this.byToken.get(delayed.sender)
      if (!tokens) this.byToken.set(delayed.sender, (tokens = new Map()))
      tokens.set(delayed.token, delayed)
    }
    this.push(delayed)
  }

  remove(delayed: DelayedMessage): void {
    if (!this.byNumber.delete(delayed.timer)) return
    leave(delayed.sender, delayed)
    if (delayed.token === undefined) return
    const tokens = this.byToken.get(delayed.sender)
    if (tokens?.get(delayed.token) === delayed) tokens.delete(delayed.token)
    if (tokens?.size === 0) this.byToken.delete(delayed.sender)
  }

  private push(delayed: DelayedMessage): void {
    const { heap } = this
    let at = heap.push(delayed) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(delayed, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = delayed
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}
