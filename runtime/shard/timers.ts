import type { Actor } from './actor.ts'
import type { MessageOrigin } from './lane.ts'

/** A message that its sender asked for later. It lies with the sender, so that it moves and is deleted with it. */
export interface DelayedMessage {
  /** Grows with each; the order of messages that are due together. */
  readonly timer: number
  readonly sender: Actor
  readonly dueMs: number
  readonly token: string | undefined
  readonly typename: string
  readonly id: string
  readonly message: string
  readonly payload: Uint8Array | undefined
  readonly origin: MessageOrigin
}

const before = (a: DelayedMessage, b: DelayedMessage): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.timer < b.timer)

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
    while (this.heap[0] && !this.byNumber.has(this.heap[0].timer)) this.pop()
    return this.heap[0]?.dueMs
  }

  /** The first one that is due at `nowMs`; it stays until it is removed. */
  due(nowMs: number): DelayedMessage | undefined {
    const next = this.nextDueMs()
    return next !== undefined && next <= nowMs ? this.heap[0] : undefined
  }

  add(delayed: DelayedMessage): void {
    this.byNumber.set(delayed.timer, delayed)
    delayed.sender.delayed++
    if (delayed.token !== undefined) {
      let tokens = this.byToken.get(delayed.sender)
      if (!tokens) this.byToken.set(delayed.sender, (tokens = new Map()))
      tokens.set(delayed.token, delayed)
    }
    this.push(delayed)
  }

  remove(delayed: DelayedMessage): void {
    if (!this.byNumber.delete(delayed.timer)) return
    delayed.sender.delayed--
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
