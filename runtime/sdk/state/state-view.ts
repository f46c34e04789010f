import type { Contract } from '../contract.ts'
import type { ListSlot } from './list-slot.ts'
import type { MapSlot } from './map-slot.ts'
import type { ValueSlot } from './value-slot.ts'
import { GuardedList, GuardedMap } from './guarded.ts'

/** Where the view of one message finds the state. */
export interface StateSource {
  /** `unread`: what is kept is replaced before anybody reads it; the same below. */
  valueSlot(ordinal: number, unread?: boolean): ValueSlot
  listSlot(ordinal: number, unread?: boolean): ListSlot
  mapSlot(ordinal: number, unread?: boolean): MapSlot
  /** Throws when the message is over. */
  live(): void
}

const source = Symbol('state source')

/** `ctx.state`. */
export class StateView {
  readonly [source]: StateSource

  constructor(from: StateSource) {
    this[source] = from
  }
}

/** A class with an accessor for each declared state. What no declaration names cannot be assigned: it would be lost. */
export const stateViewClass = (contract: Contract): new (from: StateSource) => StateView => {
  class DeclaredView extends StateView {}
  contract.states.forEach(({ name, kind, what }, ordinal) => {
    Object.defineProperty(DeclaredView.prototype, name, {
      enumerable: true,
      ...(kind === 'value' ? valueAccess(ordinal) : collectionAccess(kind, ordinal, what)),
    })
  })
  // Behind all accessors: nothing else gets here. To make each view inextensible takes many times as long as to make it.
  const undeclared = new Proxy(StateView.prototype, {
    set(_, name) {
      throw new TypeError(`${contract.typename} declares no state '${String(name)}': it would be lost`)
    },
  })
  Object.setPrototypeOf(DeclaredView.prototype, undeclared)
  return DeclaredView
}

const valueAccess = (ordinal: number): PropertyDescriptor & ThisType<StateView> => ({
  get() {
    this[source].live()
    return this[source].valueSlot(ordinal).get()
  },
  set(value: unknown) {
    this[source].live()
    this[source].valueSlot(ordinal, true).set(value)
  },
})

const collectionAccess = (
  kind: 'list' | 'map',
  ordinal: number,
  what: string,
): PropertyDescriptor & ThisType<StateView> => ({
  get() {
    const from = this[source]
    from.live()
    return kind === 'list' ? new GuardedList(from, ordinal) : new GuardedMap(from, ordinal)
  },
  set() {
    throw new TypeError(`${what} is a ${kind}: change it by its methods, it cannot be assigned`)
  },
})
