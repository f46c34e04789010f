/**
 * The state of one address under one declared name, encoded, in the cells that it is kept and changed by: one for a value,
 * one for each list item, one for each map entry. What is not set has no cells at all.
 */
export type StateCells = ValueCells | ListCells | MapCells

export interface ValueCells {
  readonly kind: 'value'
  readonly value: Uint8Array
}

export interface ListCells {
  readonly kind: 'list'
  /** The index of the first item; grows as items are dropped from the front. */
  readonly head: number
  readonly items: readonly Uint8Array[]
}

export interface MapCells {
  readonly kind: 'map'
  /** By encoded key, in no order: readers sort by the keys' bytes. */
  readonly entries: readonly MapCell[]
}

export interface MapCell {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/**
 * One change to the state at `state`, the ordinal of its declaration. Where it is kept under an older version, a result
 * first sets it anew under the present one, then clears the older, then changes it: only what comes after the clearing
 * counts as written by a handler.
 */
export type Mutation =
  | { readonly op: 'set'; readonly state: number; readonly value: Uint8Array }
  /** Unsets a value, or empties a list (whose head returns to 0) or a map. */
  | { readonly op: 'clear'; readonly state: number }
  | { readonly op: 'append'; readonly state: number; readonly value: Uint8Array }
  | { readonly op: 'dropFront'; readonly state: number; readonly count: number }
  | { readonly op: 'setItem'; readonly state: number; readonly index: number; readonly value: Uint8Array }
  | { readonly op: 'put'; readonly state: number; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly op: 'remove'; readonly state: number; readonly key: Uint8Array }
