import { equalBytes } from '../../model/bytes.ts'
import type { Mutation } from '../../model/state-cells.ts'
import { decodeValue } from '../coding.ts'
import type { DeclaredState } from '../contract.ts'
import { canChangeInPlace, encodeCell, isUnchanged, type Slot } from './slot.ts'

/** A single value. Between messages only its bytes are kept, so that each message sees what a call of its own would. */
export class ValueSlot implements Slot {
  private readonly declared: DeclaredState
  /** As it came with the call. */
  private readonly original: Uint8Array | undefined
  /** As the last successful message left it. */
  private committed: Uint8Array | undefined
  private next: Uint8Array | undefined
  private value: unknown
  private touched: 'not' | 'read' | 'written' = 'not'
  private changed = false

  constructor(declared: DeclaredState, original: Uint8Array | undefined) {
    this.declared = declared
    this.original = original
    this.committed = original
  }

  get(): unknown {
    if (this.touched !== 'not') return this.value
    const { type, what, initial } = this.declared
    const bytes = this.committed ?? initial
    this.value = bytes && decodeValue(type, bytes, what)
    this.touched = 'read'
    return this.value
  }

  set(value: unknown): void {
    this.value = value
    this.touched = 'written'
  }

  clear(): void {
    this.set(undefined)
  }

  prepare(): number {
    this.next = this.committed
    if (this.touched === 'not' || (this.touched === 'read' && !canChangeInPlace(this.value))) return 0
    const { type, what } = this.declared
    const bytes = this.value === undefined ? undefined : encodeCell(type, this.value, what)
    if (!this.differs(bytes)) return 0
    this.next = bytes
    return bytes?.length ?? 1
  }

  private differs(bytes: Uint8Array | undefined): boolean {
    // Assigning the value that is there counts as a write where writes prolong its life.
    if (this.touched === 'written') {
      if (this.declared.expiry?.since === 'write' || bytes === undefined || this.committed === undefined) return true
      return !equalBytes(bytes, this.committed)
    }
    const before = this.committed ?? this.declared.initial
    if (bytes === undefined || before === undefined) return bytes !== before
    return !isUnchanged(this.declared, bytes, before)
  }

  apply(): void {
    if (this.next !== this.committed) this.changed = true
    this.committed = this.next
    this.touched = 'not'
    this.value = undefined
  }

  finish(mutations: Mutation[], state: number): void {
    const change = this.change(state)
    if (change !== undefined) mutations.push(change)
  }

  /** All that `finish` may have to add. */
  change(state: number): Mutation | undefined {
    if (!this.changed) return undefined
    if (this.committed !== undefined) return { op: 'set', state, value: this.committed }
    return this.original === undefined ? undefined : { op: 'clear', state }
  }
}
