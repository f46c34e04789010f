import type { Limits } from '../model/limits.ts'
import type { Actor } from './actor.ts'
import type { Shard } from './shard.ts'

/**
 * What happens when a parked address, or all of them together, have as many messages as may wait: the oldest message of the
 * address that gets another one goes to the dead letters, and every other address goes on; or nothing more is taken in.
 */
export type WhenFull = 'deadLetterOldest' | 'holdIngress'

/**
 * The bounds of messages that wait for parked and paused addresses. They count apart from `pending` messages, so that a
 * poisoned key does not stop the others' intake.
 */
export class ParkedBounds {
  private readonly shard: Shard
  private readonly limits: Limits
  private readonly whenFull: WhenFull

  constructor(shard: Shard, limits: Limits, whenFull: WhenFull) {
    this.shard = shard
    this.limits = limits
    this.whenFull = whenFull
  }

  /**
   * Whether intake is held at the bound for this address, rather than its oldest message given up. What is paused has not
   * failed: an operator who pauses a busy function shall not find its messages among the dead letters.
   */
  holds(actor: Actor): boolean {
    return this.whenFull === 'holdIngress' || actor.isPaused
  }

  /** All parked and paused addresses together take no more. */
  get full(): boolean {
    const { shard, limits } = this
    return shard.parkedMessages >= limits.parkedMessagesMax || shard.parkedBytes >= limits.parkedBytesMax
  }

  /** This address takes no more. */
  isFull(actor: Actor): boolean {
    return (actor.lane?.messages.length ?? 0) >= this.limits.laneMessagesMax || this.full
  }

  /** This address has more than it may have. */
  isBeyond(actor: Actor): boolean {
    const { shard, limits } = this
    if ((actor.lane?.messages.length ?? 0) > limits.laneMessagesMax) return true
    return shard.parkedMessages > limits.parkedMessagesMax || shard.parkedBytes > limits.parkedBytesMax
  }

  /** Whether all messages of a lane that is not stopped yet would find room. */
  hasRoomFor({ lane }: Actor): boolean {
    const { shard, limits } = this
    if (!lane || lane.stopped) return true
    const bytes = lane.messages.reduce((sum, message) => sum + message.bytes, 0)
    return (
      shard.parkedMessages + lane.messages.length <= limits.parkedMessagesMax &&
      shard.parkedBytes + bytes <= limits.parkedBytesMax
    )
  }
}
