import type { StateKind } from '../../model/function-spec.ts'
import type { Mutation, StateCells } from '../../model/state-cells.ts'
import type { Slot } from './slot.ts'

/**
 * A state on its way from an older version to the present one, in one result: first it is set anew, then the older version
 * is cleared, then come the changes that messages made. The order tells the coordinator that what stands before the
 * clearing is no write: the state goes on to expire when it would have.
 */
export class UpcastMove {
  private readonly kind: StateKind
  /** The older version's place in the request's table. */
  private readonly from: number
  /** Undefined where it was replaced unread. */
  private readonly cells: StateCells | undefined
  private done = false

  constructor(kind: StateKind, from: number, cells: StateCells | undefined) {
    this.kind = kind
    this.from = from
    this.cells = cells
  }

  /** Its size in bytes, once. */
  prepare(): number {
    return this.done ? 0 : 8 + bytesOf(this.cells)
  }

  apply(): void {
    this.done = true
  }

  finish(mutations: Mutation[], state: number, slot: Slot): void {
    // The message that would have moved it has failed, and no other touched it.
    if (!this.done) return
    const changes: Mutation[] = []
    slot.finish(changes, state)
    const replaced = changes[0]?.op === 'clear' || (this.kind === 'value' && changes.length > 0)
    if (!replaced) this.setAnew(mutations, state)
    mutations.push({ op: 'clear', state: this.from }, ...changes)
  }

  private setAnew(mutations: Mutation[], state: number): void {
    const { cells } = this
    if (cells?.kind === 'value') mutations.push({ op: 'set', state, value: cells.value })
    if (cells?.kind === 'list') for (const value of cells.items) mutations.push({ op: 'append', state, value })
    if (cells?.kind === 'map') for (const entry of cells.entries) mutations.push({ op: 'put', state, ...entry })
  }
}

const bytesOf = (cells: StateCells | undefined): number => {
  let size = 0
  if (cells?.kind === 'value') size += cells.value.length
  if (cells?.kind === 'list') for (const item of cells.items) size += item.length + 16
  if (cells?.kind === 'map') for (const { key, value } of cells.entries) size += key.length + value.length + 8
  return size
}
