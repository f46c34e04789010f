import type { Actor } from '../shard/actor.ts'
import type { LaneMessage } from '../shard/lane.ts'

/** Where the calls of one request go while it is put together: bytes for the wire, or data for functions in this process. */
export interface CallSink {
  /** Bytes so far; 0 where none are made. */
  readonly length: number
  /**
   * Opens the call of an address, with its state.
   * @param fn a place in the request's functions
   * @param count of the messages that will come
   */
  begin(fn: number, actor: Actor, count: number): void
  /**
   * Adds a message to the open call.
   * @param place in the function's messages; undefined where no declaration names it
   * @param source of its record, a place in the request's sources; -1 where it has none
   */
  message(place: number | undefined, message: LaneMessage, source: number): void
  end(): void
  /** Takes back the calls since it had `length` bytes. */
  cutTo(length: number): void
}
