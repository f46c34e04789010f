import type { Duration } from '../model/duration.ts'
import type { ListState, MapState } from './state/collections.ts'
import type { Of, ReadsWhatItWrites, Typed } from './type.ts'

/** Unsets a state some time after it was last written, or after its actor was last called. */
export interface Ttl {
  readonly ttl?: { readonly after: Duration; readonly since: 'write' | 'call' }
}

export interface Value<T> extends Ttl {
  readonly kind: 'value'
  readonly type: Typed
  readonly initial: T
}
export interface List<T> extends Ttl {
  readonly kind: 'list'
  readonly type: Typed
  readonly items?: T
}
export interface Mapping<K, V> extends Ttl {
  readonly kind: 'map'
  readonly key: Typed
  readonly type: Typed
  readonly entries?: [K, V]
}
type Collection = List<unknown> | Mapping<unknown, unknown>

/** The state of an actor by name: a type (a value that may be undefined), `value`, `list` or `map`. */
export type StateDeclarations = Record<string, Typed | Value<unknown> | Collection>

/**
 * One value: read and assigned as a property of `ctx.state`. Undefined, or `initial`, while it is not set.
 * @example value(int, { initial: 0, ttl: { after: '24h', since: 'write' } })
 */
export function value<S extends Typed>(
  type: S & ReadsWhatItWrites<S>,
  options: Ttl & { readonly initial: Of<S> },
): Value<Of<S>>
export function value<S extends Typed>(type: S & ReadsWhatItWrites<S>, options?: Ttl): Value<Of<S> | undefined>
export function value<S extends Typed>(
  type: S,
  options: Ttl & { readonly initial?: Of<S> } = {},
): Value<Of<S> | undefined> {
  return { kind: 'value', type, initial: options.initial, ttl: options.ttl }
}

/** A list that grows at its end and shrinks at its front; each item is stored by itself. */
export const list = <S extends Typed>(type: S & ReadsWhatItWrites<S>, options: Ttl = {}): List<Of<S>> => ({
  kind: 'list',
  type,
  ttl: options.ttl,
})

/** A map; each entry is stored by itself. Iterated in the order of the encoded keys' bytes. */
export const map = <K extends Typed, V extends Typed>(
  key: K & ReadsWhatItWrites<K>,
  type: V & ReadsWhatItWrites<V>,
  options: Ttl = {},
): Mapping<Of<K>, Of<V>> => ({
  kind: 'map',
  key,
  type,
  ttl: options.ttl,
})

type ValueNames<S> = { [K in keyof S]: S[K] extends Collection ? never : K }[keyof S]

/** What `ctx.state` is for these declarations. */
export type State<S extends StateDeclarations> = {
  [K in ValueNames<S>]: S[K] extends Value<infer T> ? T : Of<S[K]> | undefined
} & {
  readonly [K in Exclude<keyof S, ValueNames<S>>]: S[K] extends List<infer T>
    ? ListState<T>
    : S[K] extends Mapping<infer K2, infer V>
      ? MapState<K2, V>
      : never
}

/** All state of one address as plain values, as tests and tools see it. */
export type StateSnapshot<S extends StateDeclarations> = {
  readonly [K in keyof S]: S[K] extends List<infer T>
    ? readonly T[]
    : S[K] extends Mapping<infer K2, infer V>
      ? ReadonlyMap<K2, V>
      : S[K] extends Value<infer T>
        ? T
        : Of<S[K]> | undefined
}
