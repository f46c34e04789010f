import type { ListState, MapState } from './collections.ts'
import type { ListSlot } from './list-slot.ts'
import type { MapSlot } from './map-slot.ts'

// What handlers hold: the slot, as long as the message runs that it was handed out for. `live` throws afterwards.

export class GuardedList implements ListState<unknown> {
  private readonly slot: ListSlot
  private readonly live: () => void

  constructor(slot: ListSlot, live: () => void) {
    this.slot = slot
    this.live = live
  }

  get length(): number {
    this.live()
    return this.slot.length
  }

  push(...items: unknown[]): void {
    this.live()
    for (const item of items) this.slot.push(item)
  }

  shift(): unknown {
    this.live()
    return this.slot.shift()
  }

  at(index: number): unknown {
    this.live()
    return this.slot.get(index)
  }

  set(index: number, item: unknown): void {
    this.live()
    this.slot.set(index, item)
  }

  clear(): void {
    this.live()
    this.slot.clear()
  }

  *[Symbol.iterator](): Generator<unknown> {
    for (let i = 0; i < this.length; i++) yield this.slot.get(i)
  }
}

export class GuardedMap implements MapState<unknown, unknown> {
  private readonly slot: MapSlot
  private readonly live: () => void

  constructor(slot: MapSlot, live: () => void) {
    this.slot = slot
    this.live = live
  }

  get size(): number {
    this.live()
    return this.slot.size
  }

  get(key: unknown): unknown {
    this.live()
    return this.slot.get(key)
  }

  has(key: unknown): boolean {
    this.live()
    return this.slot.has(key)
  }

  set(key: unknown, value: unknown): void {
    this.live()
    this.slot.set(key, value)
  }

  delete(key: unknown): boolean {
    this.live()
    return this.slot.delete(key)
  }

  clear(): void {
    this.live()
    this.slot.clear()
  }

  *keys(): Generator<unknown> {
    for (const key of this.slot.keys()) {
      this.live()
      yield key
    }
  }

  *values(): Generator<unknown> {
    for (const [, value] of this) yield value
  }

  *[Symbol.iterator](): Generator<[unknown, unknown]> {
    for (const entry of this.slot.entries()) {
      this.live()
      yield entry
    }
  }
}
