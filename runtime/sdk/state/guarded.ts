import type { ListState, MapState } from './collections.ts'
import type { ListSlot } from './list-slot.ts'
import type { MapSlot } from './map-slot.ts'

// What handlers hold: a way to the slot, as long as the message runs that it was handed out for.

interface Slots {
  /** `unread`: what it holds goes before anybody reads it. */
  listSlot(ordinal: number, unread?: boolean): ListSlot
  mapSlot(ordinal: number, unread?: boolean): MapSlot
  /** Throws when the message is over. */
  live(): void
}

export class GuardedList implements ListState<unknown> {
  private readonly slots: Slots
  private readonly ordinal: number

  constructor(slots: Slots, ordinal: number) {
    this.slots = slots
    this.ordinal = ordinal
  }

  private slot(unread?: boolean): ListSlot {
    this.slots.live()
    return this.slots.listSlot(this.ordinal, unread)
  }

  get length(): number {
    return this.slot().length
  }

  push(...items: unknown[]): void {
    const slot = this.slot()
    for (const item of items) slot.push(item)
  }

  shift(): unknown {
    return this.slot().shift()
  }

  at(index: number): unknown {
    return this.slot().get(index)
  }

  set(index: number, item: unknown): void {
    this.slot().set(index, item)
  }

  clear(): void {
    this.slot(true).clear()
  }

  *[Symbol.iterator](): Generator<unknown> {
    for (let i = 0; i < this.length; i++) yield this.slot().get(i)
  }
}

export class GuardedMap implements MapState<unknown, unknown> {
  private readonly slots: Slots
  private readonly ordinal: number

  constructor(slots: Slots, ordinal: number) {
    this.slots = slots
    this.ordinal = ordinal
  }

  private slot(unread?: boolean): MapSlot {
    this.slots.live()
    return this.slots.mapSlot(this.ordinal, unread)
  }

  get size(): number {
    return this.slot().size
  }

  get(key: unknown): unknown {
    return this.slot().get(key)
  }

  has(key: unknown): boolean {
    return this.slot().has(key)
  }

  set(key: unknown, value: unknown): void {
    this.slot().set(key, value)
  }

  delete(key: unknown): boolean {
    return this.slot().delete(key)
  }

  clear(): void {
    this.slot(true).clear()
  }

  *keys(): Generator<unknown> {
    for (const key of this.slot().keys()) {
      this.slots.live()
      yield key
    }
  }

  *values(): Generator<unknown> {
    for (const [, value] of this) yield value
  }

  *[Symbol.iterator](): Generator<[unknown, unknown]> {
    for (const entry of this.slot().entries()) {
      this.slots.live()
      yield entry
    }
  }
}
