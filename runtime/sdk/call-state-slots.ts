import { added } from '../model/added.ts'
import type { StateKind } from '../model/function-spec.ts'
import type { Call, CallCells, MissingState } from '../model/invocation.ts'
import type { Mutation } from '../model/state-cells.ts'
import type { Contract, DeclaredState } from './contract.ts'
import { checkKind } from './present-cells.ts'
import { IncompleteStateError } from './incomplete-state-error.ts'
import { ListSlot } from './state/list-slot.ts'
import { MapSlot } from './state/map-slot.ts'
import type { Slot } from './state/slot.ts'
import { UpcastMove } from './state/upcast-move.ts'
import { ValueSlot } from './state/value-slot.ts'
import { upcastCells } from './upcast.ts'

const noMutations: readonly Mutation[] = []

const missingMax = 16

/** Where a declared state stands in the request's table; -1 for an older version that the coordinator has never seen. */
export interface StatePlaces {
  readonly present: number
  /** In the order of the declaration's `older`. */
  readonly older: readonly number[]
}

/**
 * The state of one address while its messages run. Slots come to be when a message first touches them. What is kept under
 * an older version is then upcast as a whole, and moves to the present version when the message has succeeded, whether it
 * changed it or not: `up` runs once for a value, and old versions drain from wherever there is traffic.
 */
export class CallStateSlots {
  private readonly contract: Contract
  private readonly call: Call
  private readonly places: readonly StatePlaces[]
  private readonly slots: (Slot | undefined)[]
  /** By ordinal; none where no state has older versions. */
  private moves: (UpcastMove | undefined)[] | undefined
  private missed: MissingState[] | undefined

  constructor(contract: Contract, call: Call, places: readonly StatePlaces[]) {
    this.contract = contract
    this.call = call
    this.places = places
    this.slots = new Array<Slot | undefined>(contract.states.length)
  }

  /** @param unread what it holds is replaced before anybody reads it, so nothing needs to be upcast; the same below */
  value(ordinal: number, unread = false): ValueSlot {
    const known = this.slots[ordinal]
    if (known instanceof ValueSlot) return known
    const cells = this.cells(ordinal, 'value', unread)
    const slot = new ValueSlot(this.declared(ordinal), cells?.kind === 'value' ? cells.value : undefined)
    this.slots[ordinal] = slot
    return slot
  }

  list(ordinal: number, unread = false): ListSlot {
    const known = this.slots[ordinal]
    if (known instanceof ListSlot) return known
    const cells = this.cells(ordinal, 'list', unread)
    const slot = new ListSlot(this.declared(ordinal), cells?.kind === 'list' ? cells : undefined)
    this.slots[ordinal] = slot
    return slot
  }

  map(ordinal: number, unread = false): MapSlot {
    const known = this.slots[ordinal]
    if (known instanceof MapSlot) return known
    const cells = this.cells(ordinal, 'map', unread)
    const declared = this.declared(ordinal)
    const isMap = cells?.kind === 'map' || cells?.kind === 'map-part'
    const slot = new MapSlot(declared, declared.keyType ?? declared.type, isMap ? cells : undefined, (keys, keysOnly) =>
      this.lack(declared, this.places[ordinal]!.present, keys, keysOnly),
    )
    this.slots[ordinal] = slot
    return slot
  }

  /** What the message that runs, or ran last, has touched though it was not sent; undefined: nothing. */
  get missing(): readonly MissingState[] | undefined {
    return this.missed
  }

  private lack(
    declared: DeclaredState,
    state: number,
    keys: readonly Uint8Array[] = [],
    keysOnly = false,
  ): IncompleteStateError {
    // A handler that catches the error may go on and on.
    if (this.missed === undefined || this.missed.length < missingMax)
      this.missed = added(this.missed, { state, keys, keysOnly })
    return new IncompleteStateError(declared.what)
  }

  private declared(ordinal: number): DeclaredState {
    return this.contract.states[ordinal]!
  }

  private cells(ordinal: number, kind: StateKind, unread: boolean): CallCells | undefined {
    const declared = this.declared(ordinal)
    const { present, older } = this.places[ordinal]!
    const kept = this.kept(declared, present)
    if (kept !== undefined || older.length === 0) return kept
    const from = older.findLastIndex((place) => this.kept(declared, place) !== undefined)
    const cells = from < 0 ? undefined : this.kept(declared, older[from]!)
    if (cells === undefined) return undefined
    if (cells.kind === 'map-part' && !unread) throw this.lack(declared, older[from]!)
    const upcast =
      unread || cells.kind === 'map-part'
        ? undefined
        : upcastCells(declared, declared.older[from]!, cells, this.call.id)
    this.moves ??= []
    this.moves[ordinal] = new UpcastMove(kind, older[from]!, upcast)
    return upcast
  }

  private kept(declared: DeclaredState, place: number): CallCells | undefined {
    for (const { state, cells } of this.call.state) if (state === place) return checkKind(declared, cells)
    return undefined
  }

  /** Unsets everything, what no message has touched included. */
  clear(): void {
    this.contract.states.forEach(({ kind }, ordinal) => {
      if (kind === 'value') this.value(ordinal, true).clear()
      else if (kind === 'list') this.list(ordinal, true).clear()
      else this.map(ordinal, true).clear()
    })
  }

  /** Encodes what the message changed; answers its size. Throws before anything has taken effect. */
  prepare(): number {
    let size = 0
    for (const slot of this.slots) if (slot !== undefined) size += slot.prepare()
    if (this.moves !== undefined) for (const move of this.moves) size += move?.prepare() ?? 0
    return size
  }

  apply(): void {
    for (const slot of this.slots) slot?.apply()
    if (this.moves !== undefined) for (const move of this.moves) move?.apply()
  }

  mutations(): readonly Mutation[] {
    let mutations: Mutation[] | undefined
    for (let ordinal = 0; ordinal < this.slots.length; ordinal++) {
      const slot = this.slots[ordinal]
      if (slot === undefined) continue
      const { present } = this.places[ordinal]!
      const move = this.moves?.[ordinal]
      if (move !== undefined) move.finish((mutations ??= []), present, slot)
      else if (slot instanceof ValueSlot) {
        const change = slot.change(present)
        if (change !== undefined) mutations = added(mutations, change)
      } else slot.finish((mutations ??= []), present)
    }
    return mutations ?? noMutations
  }
}
