import type { MessageOrigin } from './lane.ts'

/** A message that its sender asked for later. It lies with the sender, so that it moves and is deleted with it. */
export interface Delayed<A = unknown> {
  /** Grows with each; the order of messages that are due together. */
  readonly timer: number
  /** An actor (`A`). */
  readonly sender: A
  readonly dueMs: number
  readonly token: string | undefined
  readonly typename: string
  readonly id: string
  readonly message: string
  readonly payload: Uint8Array | undefined
  readonly origin: MessageOrigin
}
