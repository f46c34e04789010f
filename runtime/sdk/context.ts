import type { Address } from '../model/address.ts'
import type { Duration } from '../model/duration.ts'
import type { Egress } from './egress.ts'
import type { Message, Target } from './message.ts'
import type { Outcome } from './outcome.ts'
import type { State, StateDeclarations } from './state-declaration.ts'

/** The record that a route made a message of. */
export interface SourceRecord {
  readonly ingress: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: Date
  readonly key: Uint8Array | null
  readonly headers: ReadonlyArray<readonly [name: string, value: Uint8Array | null]>
}

/** A record to be written to an egress. */
export interface EgressRecord<T> {
  /** Null or left out: spread round robin. */
  readonly key?: string | Uint8Array | null
  /** Null deletes the key in a compacted topic. */
  readonly value: T | null
  readonly headers?: ReadonlyArray<readonly [name: string, value: string | Uint8Array | null]>
  readonly timestamp?: Date
}

/** A message that no declaration names. */
export interface RawMessage {
  readonly name: string
  readonly bytes: Uint8Array | undefined
}

export interface SendOptions {
  /** Through a timer: at once with 0. */
  readonly after?: Duration
  /** Names the delayed message: sending again under it replaces the message, `cancel` takes it back. */
  readonly token?: string
}

/**
 * What a handler is given besides its message. It only records: nothing takes effect unless the handler succeeds, and
 * nothing leaves before its effects are durable. Once the handler has returned, using it throws.
 */
export interface Context<S extends StateDeclarations> {
  readonly id: string
  readonly self: Address
  /** The actor that sent the message; undefined for records and clients. */
  readonly caller: Address | undefined
  /** Equal in every retry of this message, also after a crash: the key for idempotent calls to the outside. */
  readonly messageId: string
  /** Equal in retries, until a coordinator fails. */
  readonly now: Date
  /** From 1. */
  readonly attempt: number
  /** Undefined for messages that come from an actor or a client. */
  readonly record: SourceRecord | undefined
  readonly state: State<S>
  /** Unsets all state of this address. */
  clear(): void
  send(message: Message<unknown>, options?: SendOptions): void
  /** The reply arrives as an ordinary message: an address and a message name, no closure, for it outlives this call. */
  send<R>(message: Message<R>, options: SendOptions & { readonly reply: Target<Outcome<R>, unknown> }): void
  /** Takes back what this address sent with this token, if it is still to come. */
  cancel(token: string): void
  emit<T>(to: Egress<T>, record: EgressRecord<T>): void
}
