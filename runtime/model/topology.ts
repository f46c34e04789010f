import type { LogRecord } from './record.ts'

/** What flows from where to where: the application file, compiled. The coordinator runs it. */
export interface Topology {
  readonly application: string
  readonly ingresses: readonly LogIngress[]
  readonly routes: readonly Route[]
  readonly egresses: readonly LogEgress[]
  /** The topic of records and messages that failed for good. */
  readonly deadLetterTopic: string
  readonly bindings: readonly FunctionBinding[]
}

/** Where reading starts when the application is created; afterwards its own positions count. */
export type StartPosition =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'timestamp'; readonly timestampMs: number }
  | { readonly kind: 'offsets'; readonly offsets: ReadonlyMap<number, number> }

/** Topics that are read. */
export interface LogIngress {
  readonly name: string
  readonly topics: readonly string[]
  readonly start: StartPosition
}

/** A message that a route makes of a record. */
export interface RoutedMessage {
  readonly typename: string
  readonly id: string
  /** The message's name in the actor's contract, as `deposit`. */
  readonly message: string
  /** Encoded by the message's codec; undefined is a message without a payload. */
  readonly payload: Uint8Array | undefined
}

/**
 * Turns a record of `topic` and `partition` into messages; throws a MillraceError (VALUE_INVALID, ROUTE_INVALID) for one
 * that cannot be. Routes that are functions of the user need topic and partition, others can do without.
 */
export interface Route {
  readonly ingress: string
  readonly messagesOf: (record: LogRecord, topic?: string, partition?: number) => readonly RoutedMessage[]
  /** Where each record is one message, to the actor that its key names: the same without a text made of the key. */
  readonly byKey?: KeyedMessage
}

export interface KeyedMessage {
  readonly typename: string
  readonly message: string
  /** Throws as `messagesOf`. */
  readonly payloadOf: (record: LogRecord) => RoutedMessage['payload']
}

/** A topic that is written. */
export interface LogEgress {
  readonly name: string
  readonly topic: string
}

/** Functions and who serves them. */
export interface FunctionBinding {
  /** The endpoint's URL, or a name for one in this process. */
  readonly endpoint: string
  readonly typenames: readonly string[]
  /** Bounds one request to this endpoint. */
  readonly timeoutMs: number
  readonly requestsInFlightMax: number
  readonly addressesPerRequestMax: number
}
