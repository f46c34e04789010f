import type { Duration } from '../model/duration.ts'
import type { ListState, MapState } from './state/collections.ts'
import type { OlderTypes, Versions } from './state-version.ts'
import type { Of, ReadsWhatItWrites, Typed } from './type.ts'

/** Unsets a state some time after it was last written, or after its actor was last called. */
export interface Ttl {
  readonly ttl?: { readonly after: Duration; readonly since: 'write' | 'call' }
}

/** What a declaration keeps of its `Versions`, whose types nobody knows any more. */
export interface AnyVersions {
  readonly version?: number | undefined
  readonly migrate?: object | undefined
}

type NoOlder = Readonly<Record<never, never>>

export interface Value<T> extends Ttl, AnyVersions {
  readonly kind: 'value'
  readonly type: Typed
  readonly initial: T
}
export interface List<T> extends Ttl, AnyVersions {
  readonly kind: 'list'
  readonly type: Typed
  readonly items?: T
}
export interface Mapping<K, V> extends Ttl, AnyVersions {
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
 * @example value(Account, { version: 2, migrate: { 1: { type: int, up: (balance) => ({ balance, currency: 'EUR' }) } } })
 */
export function value<S extends Typed, N extends number = 1, O extends OlderTypes = NoOlder>(
  type: S & ReadsWhatItWrites<S>,
  options: Ttl & Versions<S, N, O> & { readonly initial: Of<S> },
): Value<Of<S>>
export function value<S extends Typed, N extends number = 1, O extends OlderTypes = NoOlder>(
  type: S & ReadsWhatItWrites<S>,
  options?: Ttl & Versions<S, N, O>,
): Value<Of<S> | undefined>
export function value<S extends Typed>(
  type: S,
  options: Ttl & AnyVersions & { readonly initial?: Of<S> } = {},
): Value<Of<S> | undefined> {
  const { initial, ...others } = options
  return { kind: 'value', type, initial, ...others }
}

/** A list that grows at its end and shrinks at its front; each item is stored by itself. */
export const list = <S extends Typed, N extends number = 1, O extends OlderTypes = NoOlder>(
  type: S & ReadsWhatItWrites<S>,
  options: Ttl & Versions<S, N, O> = {},
): List<Of<S>> => ({ kind: 'list', type, ...options })

/**
 * A map; each entry is stored by itself. Iterated in the order of the encoded keys' bytes. Its versions are those of its
 * values: keys keep their type.
 */
export const map = <K extends Typed, V extends Typed, N extends number = 1, O extends OlderTypes = NoOlder>(
  key: K & ReadsWhatItWrites<K>,
  type: V & ReadsWhatItWrites<V>,
  options: Ttl & Versions<V, N, O> = {},
): Mapping<Of<K>, Of<V>> => ({ kind: 'map', key, type, ...options })

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
