import type { LaneMessage } from './lane.ts'
import type { RequestReply } from './requests.ts'

/** What the caller of the shard has to do once the window that holds the changes is committed. */
export type Action =
  /** Tell whoever waits for this request how it ended. */
  | { readonly kind: 'answer'; readonly request: string; readonly reply: RequestReply }
  /** Count and log a failure; its dead letter is emitted beside it. */
  | {
      readonly kind: 'failed'
      readonly typename: string
      readonly code: string
      readonly outcome: 'retried' | 'parked' | 'dead-letter'
    }

/** Why a message or record cannot be processed, for good. */
export interface Failure {
  readonly code: string
  readonly message: string
  /** Of a message that a parked address had no room for: since when the address is parked. */
  readonly parkedSinceMs?: number | undefined
}

/** A message that has no lane: its target is unknown, or it is a record that no route could read. */
export type Undeliverable = Pick<LaneMessage, 'payload' | 'origin' | 'messageId'> & {
  readonly address: string | undefined
  readonly name: string | undefined
  readonly attempts: number
}
