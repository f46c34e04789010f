import { equalBytes } from '../../model/bytes.ts'
import { MillraceError } from '../../model/errors.ts'
import type { ListCells, Mutation } from '../../model/state-cells.ts'
import { decodeValue } from '../coding.ts'
import type { DeclaredState } from '../contract.ts'
import { canChangeInPlace, encodeCell, isUnchanged, type Slot } from './slot.ts'

/** An item that the message read or wrote. */
interface Item {
  value: unknown
  written: boolean
  bytes: Uint8Array | undefined
}

type Change = (state: number) => Mutation

/**
 * A list. A message sees the committed items without the first `dropped`, then those that it appended; `touched` are the
 * committed ones that it read or replaced, by their place in `items`.
 */
export class ListSlot implements Slot {
  private readonly declared: DeclaredState
  private items: Uint8Array[]
  /** The absolute index of items[0]. */
  private head: number
  private readonly log: Change[] = []
  private cleared = false
  private dropped = 0
  private readonly appended: Item[] = []
  private readonly touched = new Map<number, Item>()

  constructor(declared: DeclaredState, cells: ListCells | undefined) {
    this.declared = declared
    this.items = cells === undefined ? [] : [...cells.items]
    this.head = cells?.head ?? 0
  }

  get length(): number {
    return this.items.length - this.dropped + this.appended.length
  }

  private item(index: number): Item | undefined {
    const place = index + this.dropped
    if (place >= this.items.length) return this.appended[place - this.items.length]
    const known = this.touched.get(place)
    if (known !== undefined) return known
    const { type, what } = this.declared
    const bytes = this.items[place]!
    const item = { value: decodeValue(type, bytes, `${what}[${index}]`), written: false, bytes }
    this.touched.set(place, item)
    return item
  }

  get(index: number): unknown {
    const from = index < 0 ? index + this.length : index
    return Number.isInteger(from) && from >= 0 && from < this.length ? this.item(from)?.value : undefined
  }

  push(value: unknown): void {
    this.appended.push({ value, written: true, bytes: undefined })
  }

  set(index: number, value: unknown): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new RangeError(`${this.declared.what}: there is no item ${index} of ${this.length} to replace`)
    const place = index + this.dropped
    const item = { value, written: true, bytes: undefined }
    if (place < this.items.length) this.touched.set(place, item)
    else this.appended[place - this.items.length] = item
  }

  shift(): unknown {
    if (this.length === 0) return undefined
    const value = this.get(0)
    if (this.dropped < this.items.length) this.touched.delete(this.dropped++)
    else this.appended.shift()
    return value
  }

  clear(): void {
    this.cleared = true
    this.dropped = this.items.length
    this.appended.length = 0
    this.touched.clear()
  }

  prepare(): number {
    let size = this.dropped > 0 ? 8 : 0
    for (const [place, item] of this.touched) size += this.encode(item, place, this.items[place])
    this.appended.forEach((item, at) => (size += this.encode(item, this.items.length + at, undefined)))
    return size
  }

  /** Leaves the new bytes in the item, or those that it had where nothing changed. */
  private encode(item: Item, place: number, before: Uint8Array | undefined): number {
    if (!item.written && !canChangeInPlace(item.value)) return 0
    const { type, what, expiry } = this.declared
    const name = `${what}[${place - this.dropped}]`
    if (item.value === undefined) throw new MillraceError('VALUE_INVALID', `${name}: a list has no undefined items`)
    const bytes = encodeCell(type, item.value, name)
    const kept =
      before !== undefined &&
      (item.written
        ? expiry?.since !== 'write' && equalBytes(bytes, before)
        : isUnchanged(this.declared, bytes, before))
    item.bytes = kept ? before : bytes
    return item.bytes === before ? 0 : bytes.length + 16
  }

  apply(): void {
    const { log, items, dropped } = this
    // Dropping all is clearing: whether an empty list still has its head is then no question.
    const emptied = this.cleared || (dropped > 0 && dropped === items.length)
    if (emptied && items.length + this.head > 0) log.push((state) => ({ op: 'clear', state }))
    else if (dropped > 0) log.push((state) => ({ op: 'dropFront', state, count: dropped }))
    for (const [place, { bytes: value }] of this.touched) {
      if (value === undefined || value === items[place]) continue
      const index = this.head + place
      items[place] = value
      log.push((state) => ({ op: 'setItem', state, index, value }))
    }
    if (dropped > 0) items.splice(0, dropped)
    this.head = emptied ? 0 : this.head + dropped
    for (const { bytes: value } of this.appended) {
      if (value === undefined) continue
      items.push(value)
      log.push((state) => ({ op: 'append', state, value }))
    }
    this.cleared = false
    this.dropped = 0
    this.appended.length = 0
    this.touched.clear()
  }

  finish(mutations: Mutation[], state: number): void {
    for (const change of this.log) mutations.push(change(state))
  }
}
