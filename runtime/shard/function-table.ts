import type { ExpirySpec, StateKind } from '../model/function-spec.ts'
import { ActorIndex, type WithId } from './actor-index.ts'

/** A state as it was declared when it was first seen. Its ordinal never changes. */
export interface StateDeclaration {
  /** Its key: each version of a state is one of its own here. See model/state-key. */
  readonly name: string
  readonly kind: StateKind
  readonly typename: string
  readonly keyTypename: string | undefined
}

/** All that is known of one function type: its declared states by ordinal, and its actors (`A`). */
export class FunctionTable<A extends WithId = WithId> {
  readonly ordinal: number
  readonly typename: string
  readonly states: StateDeclaration[] = []
  /** By ordinal; not stored, since code may change it at any deploy. */
  readonly expiry: (ExpirySpec | undefined)[] = []
  /**
   * By ordinal of a state's older version, the ordinal of the present one, to which what is kept moves when a handler
   * touches it. Not stored either.
   */
  readonly successors: (number | undefined)[] = []
  /** All but those at rest: see shard-actors.ts, which answers for both. */
  readonly actors = new ActorIndex<A>()
  /** How many are at rest. */
  resting = 0
  /** Actors of which nothing is left, until a checkpoint has taken note of it: who comes back is the same object. */
  readonly gone = new Map<string, A>()
  /** Of all its actors. */
  stateBytes = 0
  /** Since when none of its actors is invoked, because an operator wants it so. */
  pausedSinceMs: number | undefined

  constructor(ordinal: number, typename: string) {
    this.ordinal = ordinal
    this.typename = typename
  }

  /** How many actors there are. */
  get size(): number {
    return this.actors.size + this.resting
  }

  /** -1 where there is none. */
  ordinalOf(state: string): number {
    return this.states.findIndex((declared) => declared.name === state)
  }
}
