/** A list in `ctx.state`. Items changed in place are kept. */
export interface ListState<T> extends Iterable<T> {
  readonly length: number
  push(...items: T[]): void
  /** Takes the first item. */
  shift(): T | undefined
  /** Negative indices count from the end. */
  at(index: number): T | undefined
  /** Replaces an item. Throws a RangeError where there is none. */
  set(index: number, item: T): void
  clear(): void
}

/** A map in `ctx.state`. Values changed in place are kept. */
export interface MapState<K, V> extends Iterable<[K, V]> {
  readonly size: number
  get(key: K): V | undefined
  has(key: K): boolean
  set(key: K, value: V): void
  /** True where there was an entry. */
  delete(key: K): boolean
  keys(): IterableIterator<K>
  values(): IterableIterator<V>
  clear(): void
}
