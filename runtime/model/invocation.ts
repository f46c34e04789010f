import type { Headers } from './record.ts'
import type { MapCell, Mutation, StateCells } from './state-cells.ts'

// What goes to a handler and what comes back, as data. protocol/batch has its encoding.

/** One request: many addresses, each with its state and its messages. */
export interface BatchRequest {
  /** `ctx.now` of every message in it. */
  readonly nowMs: number
  readonly functions: readonly FunctionRef[]
  readonly sources: readonly SourceRef[]
  /** Whoever runs them takes them out. */
  readonly calls: Call[]
}

/** Names that calls refer to by their place. */
export interface FunctionRef {
  readonly typename: string
  readonly states: readonly string[]
  readonly messages: readonly string[]
}

export interface SourceRef {
  readonly ingress: string
  readonly topic: string
}

/** One address. Messages take effect in their order. */
export interface Call {
  /** A place in `functions`. */
  readonly function: number
  readonly id: string
  readonly state: readonly CallState[]
  readonly messages: readonly CallMessage[]
}

/** A state that is set; the ordinal is a place in the function's `states`. */
export interface CallState {
  readonly state: number
  readonly cells: CallCells
}

export type CallCells = StateCells | MapPart

/** A map of which a call has only some entries, for a handler that can ask for others: see `CallResult.incomplete`. */
export interface MapPart {
  readonly kind: 'map-part'
  /** How many entries there are, with those that are not here. */
  readonly count: number
  readonly entries: readonly MapCell[]
  /** Keys under which there is no entry. */
  readonly absent: readonly Uint8Array[]
  /** Keys under which there is one, which is not here. */
  readonly present: readonly Uint8Array[]
}

export interface CallMessage {
  /** A place in the function's `messages`; undefined: one that no declaration names, called `unknownName`. */
  readonly name: number | undefined
  readonly unknownName: string | undefined
  readonly payload: Uint8Array | undefined
  /** From 1. */
  readonly attempt: number
  /** Undefined: it follows from `record`. See model/message-id. */
  readonly messageId: string | undefined
  /** The actor that sent it, if one did. */
  readonly caller: { readonly typename: string; readonly id: string } | undefined
  readonly record: CallRecord | undefined
}

/** The record behind a message that a route made. */
export interface CallRecord {
  /** A place in `sources`. */
  readonly source: number
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly headers: Headers
  /** Which of the messages made of this record it is. */
  readonly routeIndex: number
}

/** What became of one call: all effects of its messages before `failed.index` or `incomplete.index`, else of all of them. */
export interface CallResult {
  /** A place in the request's `calls`. */
  readonly call: number
  readonly mutations: readonly Mutation[]
  readonly sends: readonly (SendEffect | CancelEffect)[]
  readonly emits: readonly EmitEffect[]
  readonly replies: readonly ReplyEffect[]
  /** At most one of this and `incomplete` is there. */
  readonly failed: CallFailure | undefined
  readonly incomplete: IncompleteCall | undefined
}

/** A result that changes nothing, to be changed. */
export const noEffects: CallResult = {
  call: 0,
  mutations: [],
  sends: [],
  emits: [],
  replies: [],
  failed: undefined,
  incomplete: undefined,
}

/** `from` is the place of the message that asked for it within its call. */
export interface SendEffect {
  readonly kind: 'send'
  readonly from: number
  readonly typename: string
  readonly id: string
  readonly message: string
  readonly payload: Uint8Array | undefined
  /** Undefined: at once. Zero still goes through a timer. */
  readonly delayMs: number | undefined
  /** Names a delayed message, so that it can be cancelled or replaced. */
  readonly token: string | undefined
  readonly replyTo: ReplyTarget | undefined
}

export interface CancelEffect {
  readonly kind: 'cancel'
  readonly from: number
  readonly token: string
}

/** Where an actor wants the outcome of its request to go, as an ordinary message. */
export interface ReplyTarget {
  readonly typename: string
  readonly id: string
  readonly message: string
}

export interface EmitEffect {
  readonly from: number
  readonly egress: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
  readonly timestampMs: number | undefined
}

/** What a handler returned for message `from`. */
export interface ReplyEffect {
  readonly from: number
  readonly payload: Uint8Array | undefined
}

export interface CallFailure {
  /** The message that failed; those after it did not run. */
  readonly index: number
  readonly code: string
  /** Never try again. */
  readonly terminal: boolean
  readonly message: string
}

/** A message needs state that its call was sent without. It has no effects, and has to be called again with that state. */
export interface IncompleteCall {
  /** The message that needs it; those after it did not run. */
  readonly index: number
  readonly missing: readonly MissingState[]
}

export interface MissingState {
  readonly state: number
  /** Encoded keys of a map; none: all of it is needed. */
  readonly keys: readonly Uint8Array[]
  /** It is enough to know whether there are such entries. */
  readonly keysOnly: boolean
}
