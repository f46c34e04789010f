import type { ReplyTarget } from '../model/invocation.ts'
import type { Lacking } from './lacking.ts'
import { recordMessageId, type MessageId } from '../model/message-id.ts'
import { sentMessageId, sentMessageIdOfRecord } from '../model/sent-message-id.ts'
import type { LogRecord } from '../model/record.ts'

/** A partition that is read; shared by all messages that its records made. */
export interface Source {
  readonly ingress: string
  readonly topic: string
  readonly partition: number
}

/** Who sent a message and what is owed for it. At most one of `record`, `caller` and `request` is set. */
export interface MessageOrigin {
  /** Undefined: follows from `record`. */
  readonly messageId?: MessageId | undefined
  readonly source?: Source | undefined
  readonly record?: LogRecord | undefined
  readonly routeIndex?: number | undefined
  readonly caller?: { readonly typename: string; readonly id: string } | undefined
  readonly replyTo?: ReplyTarget | undefined
  /** The request from outside that waits for it: an idempotency scope, or a name that this process gave. */
  readonly request?: string | undefined
}

/** A message in the lane of its actor (`A`), until its effects are applied or it has failed for good. */
export class LaneMessage<A = unknown> {
  readonly actor: A
  readonly name: string
  readonly payload: Uint8Array | undefined
  readonly origin: MessageOrigin
  readonly bytes: number
  /** Tries that the handler has answered with an error. */
  failures = 0
  /** Not before this time; 0 is at once. */
  dueMs = 0
  /** Names it in the log once it had to be written there; 0 before. */
  entry = 0
  done = false
  /** It was put before what its lane held already. */
  first = false

  constructor(actor: A, name: string, payload: Uint8Array | undefined, origin: MessageOrigin) {
    this.actor = actor
    this.name = name
    this.payload = payload
    this.origin = origin
    this.bytes = 64 + (payload?.length ?? 0)
  }

  get messageId(): string {
    const { messageId, source, record, routeIndex } = this.origin
    if (messageId !== undefined) return String(messageId)
    if (!source || !record) return ''
    return recordMessageId(source.ingress, source.topic, source.partition, record.offset, routeIndex ?? 0)
  }

  /** The id of what its handler sends as number `index`. */
  sentId(index: number): MessageId {
    const { messageId, source, record, routeIndex } = this.origin
    if (messageId !== undefined || !source || !record) return sentMessageId(messageId ?? '', index)
    return sentMessageIdOfRecord(source.ingress, source.topic, source.partition, record.offset, routeIndex ?? 0, index)
  }
}

/** No bound; a small integer, for which no lane has to keep a number of its own. */
export const allMessages = 0x3fff_ffff

/** The messages of one address in arrival order; the first `inFlight` of them are with the handler. */
export class Lane<A = unknown> {
  readonly messages: LaneMessage<A>[]
  inFlight = 0
  /** Set while it waits in a ready queue or for a back-off, so that it waits in one place only. */
  queued = false
  /** Its address is parked or paused: it is not put into a ready queue, and its messages count apart. */
  stopped: boolean
  /** How many messages may go out at once; 1 while a failure is narrowed down. */
  takeMax = allMessages
  /** Set while its calls go with a part of its state. */
  lacking: Lacking | undefined

  constructor(stopped: boolean, first?: LaneMessage<A>) {
    this.stopped = stopped
    this.messages = first ? [first] : []
  }
}
