/** What a handler says at discovery of the functions that it serves. */
export type StateKind = 'value' | 'list' | 'map'

export interface ExpirySpec {
  readonly afterMs: number
  readonly since: 'write' | 'call'
}

export interface StateSpec {
  readonly name: string
  /** From 1. Grows with each change of the type. */
  readonly version: number
  /** The older versions whose values the handler reads as well, and upcasts. Kind and keys are those of the present one. */
  readonly from: readonly OlderStateSpec[]
  readonly kind: StateKind
  /** The codec of a value, list item or map value, as `io.statefun.types/int`. */
  readonly typename: string
  /** The codec of a map's keys. */
  readonly keyTypename: string | undefined
  readonly expiry: ExpirySpec | undefined
}

export interface OlderStateSpec {
  readonly version: number
  readonly typename: string
}

export interface MessageSpec {
  readonly name: string
  readonly typename: string
  /** The codec of the typed reply, where one is owed. */
  readonly replyTypename: string | undefined
}

/** How often and how fast a failing message is tried again, and what happens then. */
export interface FailurePolicy {
  readonly attemptsMax: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** `park`: the address is not invoked until someone has looked; its messages wait in their order. */
  readonly onFailure: 'deadLetter' | 'park'
}

export const defaultFailurePolicy: FailurePolicy = {
  attemptsMax: 10,
  firstDelayMs: 50,
  maxDelayMs: 10_000,
  onFailure: 'deadLetter',
}

export interface FunctionSpec {
  readonly typename: string
  readonly states: readonly StateSpec[]
  readonly messages: readonly MessageSpec[]
  /** Whether messages that no declaration names are taken (`otherwise`). */
  readonly otherwise: boolean
  /** Undefined: the application's `failure.*` settings hold. */
  readonly failure: FailurePolicy | undefined
}

export interface Discovery {
  /** Changes whenever the functions that an endpoint serves change. */
  readonly version: string
  readonly functions: readonly FunctionSpec[]
  /** It takes maps in part (`MapPart`) and asks for what it lacks. Not set: it does not. */
  readonly mapParts?: boolean | undefined
}
