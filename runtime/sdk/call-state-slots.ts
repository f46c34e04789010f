import { MillraceError } from '../model/errors.ts'
import type { StateKind } from '../model/function-spec.ts'
import type { Call } from '../model/invocation.ts'
import type { Mutation, StateCells } from '../model/state-cells.ts'
import type { Contract, DeclaredState } from './contract.ts'
import { ListSlot } from './state/list-slot.ts'
import { MapSlot } from './state/map-slot.ts'
import type { Slot } from './state/slot.ts'
import { ValueSlot } from './state/value-slot.ts'

/** The state of one address while its messages run. Slots come to be when a message first touches them. */
export class CallStateSlots {
  private readonly contract: Contract
  private readonly call: Call
  /** Where each declared state stands in the request's table. */
  private readonly places: readonly number[]
  private readonly slots: (Slot | undefined)[] = []

  constructor(contract: Contract, call: Call, places: readonly number[]) {
    this.contract = contract
    this.call = call
    this.places = places
  }

  value(ordinal: number): ValueSlot {
    const known = this.slots[ordinal]
    if (known instanceof ValueSlot) return known
    const cells = this.cells(ordinal, 'value')
    const slot = new ValueSlot(this.declared(ordinal), cells?.kind === 'value' ? cells.value : undefined)
    this.slots[ordinal] = slot
    return slot
  }

  list(ordinal: number): ListSlot {
    const known = this.slots[ordinal]
    if (known instanceof ListSlot) return known
    const cells = this.cells(ordinal, 'list')
    const slot = new ListSlot(this.declared(ordinal), cells?.kind === 'list' ? cells : undefined)
    this.slots[ordinal] = slot
    return slot
  }

  map(ordinal: number): MapSlot {
    const known = this.slots[ordinal]
    if (known instanceof MapSlot) return known
    const cells = this.cells(ordinal, 'map')
    const declared = this.declared(ordinal)
    const slot = new MapSlot(declared, declared.keyType ?? declared.type, cells?.kind === 'map' ? cells : undefined)
    this.slots[ordinal] = slot
    return slot
  }

  private declared(ordinal: number): DeclaredState {
    return this.contract.states[ordinal]!
  }

  private cells(ordinal: number, kind: StateKind): StateCells | undefined {
    const place = this.places[ordinal]
    const cells = this.call.state.find(({ state }) => state === place)?.cells
    if (cells !== undefined && cells.kind !== kind)
      throw new MillraceError(
        'STATE_MISMATCH',
        `${this.declared(ordinal).what} is declared as a ${kind} and kept as a ${cells.kind}`,
      )
    return cells
  }

  /** Unsets everything, what no message has touched included. */
  clear(): void {
    this.contract.states.forEach(({ kind }, ordinal) => {
      if (kind === 'value') this.value(ordinal).clear()
      else if (kind === 'list') this.list(ordinal).clear()
      else this.map(ordinal).clear()
    })
  }

  /** Encodes what the message changed; answers its size. Throws before anything has taken effect. */
  prepare(): number {
    let size = 0
    for (const slot of this.slots) if (slot !== undefined) size += slot.prepare()
    return size
  }

  apply(): void {
    for (const slot of this.slots) slot?.apply()
  }

  mutations(): Mutation[] {
    const mutations: Mutation[] = []
    this.slots.forEach((slot, ordinal) => slot?.finish(mutations, this.places[ordinal]!))
    return mutations
  }
}
