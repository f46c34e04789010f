import type { Of, ReadsWhatItWrites, Typed } from './type.ts'

/** The types of a state's older versions, by version. */
export type OlderTypes = { readonly [version: number]: Typed }

/**
 * A state whose type has changed says which version it is by now, and how values of older ones become it.
 * `S` is its present type, `N` its version, `O` the types of the older ones.
 */
export interface Versions<S, N extends number, O extends OlderTypes> {
  /** From 1, which is what a state has that names none. Raise it with every change of the type. */
  readonly version?: N
  /**
   * By older version: its type, and how a value of it becomes one of the next version that is named, at last the present
   * one. Each item of a list and each value of a map goes through it by itself. Leave out a version once no value of it is
   * left: see `millrace state check`.
   * @example { 1: { type: int, up: (balance) => ({ balance, currency: 'EUR' }) } }
   */
  readonly migrate?: {
    readonly [V in keyof O]: {
      readonly type: O[V] & ReadsWhatItWrites<O[V]>
      /** Pure and synchronous: it may run more than once for a value. */
      readonly up: (old: Of<O[V]>) => NoInfer<After<S, N, O, V>>
    }
  }
}

// Inferred keys are texts or numbers, so versions are compared as texts.
type Text<V> = `${V & (string | number)}`
type ByText<O> = { [V in keyof O as Text<V>]: O[V] }

/** The values of the version that comes after `V`. Counts with the length of `L`, from 0 to `V` and on to the next there is. */
type After<S, N, O, V, L extends unknown[] = [], Past = false> = L['length'] extends 990
  ? never
  : Past extends false
    ? After<S, N, O, V, [...L, unknown], Text<L['length']> extends Text<V> ? true : false>
    : Text<L['length']> extends keyof ByText<O>
      ? Of<ByText<O>[Text<L['length']>]>
      : L['length'] extends N
        ? Of<S>
        : After<S, N, O, V, [...L, unknown], Past>
