import { assert, MillraceError } from '../model/errors.ts'
import type { MapPart, MissingState } from '../model/invocation.ts'
import type { Mutation, StateCells } from '../model/state-cells.ts'
import type { FunctionTable } from './function-table.ts'
import type { Delayed } from './delayed.ts'
import type { Lane, LaneMessage } from './lane.ts'
import { MapState } from './map-state.ts'
import type { Stop } from './parking.ts'

/** Up to so many bytes a loop is faster than `set`. */
const shortCopy = 32

/** A copy that does not hold on to the (larger) buffer that `bytes` is a part of. */
const own = (bytes: Uint8Array): Uint8Array => {
  const copy = new Uint8Array(bytes.length)
  copy.set(bytes)
  return copy
}

/**
 * Puts a value in place of one of its length, where it stands in memory that `own` has made: a view, as of a checkpoint, does
 * not begin where its memory does. New values would get old before they are replaced, and cost the garbage collector most.
 */
const overwrite = (before: Uint8Array, value: Uint8Array): boolean => {
  const n = value.length
  if (before.length !== n || before.byteOffset > 0) return false
  if (n > shortCopy) before.set(value)
  else for (let i = 0; i < n; i++) before[i] = value[i]!
  return true
}

class ListState {
  head = 0
  items: Uint8Array[] = []
}

const noMutations: readonly Mutation[] = []
const noStates: State[] = []

type State = Uint8Array | ListState | MapState | undefined

/** A message in the lane of an actor. */
export type ActorMessage = LaneMessage<Actor>

/** A message that an actor has asked for later. */
export type DelayedMessage = Delayed<Actor>

/** The function type of an actor. */
export type ActorTable = FunctionTable<Actor>

/** One address: its state, encoded, and the lane of its messages. */
export class Actor {
  readonly table: ActorTable
  readonly id: string
  stateBytes = 0
  /** When each state is unset by itself, by ordinal. */
  expiresAtMs: number[] | undefined
  lane: Lane<Actor> | undefined
  /** Set while it is parked or paused by its own address. */
  stop: Stop | undefined
  /** Delayed messages that it has sent and that are still to come, in no order. */
  timers: DelayedMessage[] | undefined
  /** Who owns it; -1 until the first change that a checkpoint has to hold. */
  slot = -1
  /** The epoch of its last change that a checkpoint has to hold; see changes.ts. 0: it has had none. */
  changed = 0
  /** The last snapshot that has written it; 0: none has. */
  snapshot = 0
  /** By ordinal; made when the first is set, as long as it then has to be: an empty array would grow to 17 places. */
  private states: State[] = noStates

  constructor(table: ActorTable, id: string) {
    this.table = table
    this.id = id
  }

  get delayed(): number {
    return this.timers?.length ?? 0
  }

  get hasState(): boolean {
    for (const state of this.states) if (state !== undefined) return true
    return false
  }

  /** Nothing is known of it that an address never heard of would not have. */
  get blank(): boolean {
    return this.lane === undefined && !this.timers?.length && this.stop === undefined && !this.hasState
  }

  /** An operator wants it, or its whole function, not to be invoked. */
  get isPaused(): boolean {
    return this.table.pausedSinceMs !== undefined || this.stop?.pausedSinceMs !== undefined
  }

  /** It is not invoked; its messages wait. */
  get isStopped(): boolean {
    return this.stop !== undefined || this.table.pausedSinceMs !== undefined
  }

  /** Whether a state is set at `nowMs`: one whose time is over may still have cells. */
  isSet(ordinal: number, nowMs: number): boolean {
    const expiresAtMs = this.expiresAtMs?.[ordinal] ?? 0
    return this.states[ordinal] !== undefined && !(expiresAtMs > 0 && expiresAtMs <= nowMs)
  }

  /** A state that is a single value, until it changes: copy it to keep it. */
  value(ordinal: number): Uint8Array | undefined {
    const state = this.states[ordinal]
    return state instanceof Uint8Array ? state : undefined
  }

  /** What a state holds now; it may be kept. */
  cells(ordinal: number): StateCells | undefined {
    const view = this.view(ordinal)
    return view?.kind === 'value' ? { kind: 'value', value: own(view.value) } : view
  }

  /** What a state holds until it changes. */
  view(ordinal: number): StateCells | undefined {
    const state = this.states[ordinal]
    if (state === undefined) return undefined
    if (state instanceof Uint8Array) return { kind: 'value', value: state }
    if (state instanceof ListState) return { kind: 'list', head: state.head, items: state.items }
    return { kind: 'map', entries: [...state.entries.values()] }
  }

  /**
   * A part of a map of more than `bytesMax` bytes; undefined for any other state.
   * @param due entries that handlers asked for last, and must get
   */
  mapPart(ordinal: number, bytesMax: number, due: number): MapPart | undefined {
    const state = this.states[ordinal]
    return state instanceof MapState && state.bytes > bytesMax ? state.part(due) : undefined
  }

  /** A handler lacks these entries of a map: they are in the next `mapPart`. */
  ask(missing: MissingState): void {
    const state = this.states[missing.state]
    if (state instanceof MapState) state.ask(missing)
  }

  /** Puts back what `cells` gave. */
  restore(ordinal: number, cells: StateCells): void {
    this.clear(ordinal)
    if (cells.kind === 'value') this.mutate({ op: 'set', state: ordinal, value: cells.value })
    if (cells.kind === 'list') {
      this.list(ordinal).head = cells.head
      for (const value of cells.items) this.mutate({ op: 'append', state: ordinal, value })
    }
    if (cells.kind === 'map') for (const entry of cells.entries) this.mutate({ op: 'put', state: ordinal, ...entry })
  }

  /** The ordinals of the states that are set, but those that `without` clears. */
  heldStates(without: readonly Mutation[]): readonly number[] {
    const held: number[] = []
    for (let ordinal = 0; ordinal < this.states.length; ordinal++)
      if (this.states[ordinal] !== undefined && !without.some(({ state }) => state === ordinal)) held.push(ordinal)
    return held
  }

  /** Forgets all states. */
  clearAll(): void {
    for (let ordinal = 0; ordinal < this.states.length; ordinal++) this.clear(ordinal)
  }

  /** The states whose time is over. */
  expired(nowMs: number): readonly Mutation[] {
    if (!this.expiresAtMs) return noMutations
    return this.expiresAtMs.flatMap((atMs, state) => (atMs > 0 && atMs <= nowMs ? [{ op: 'clear', state }] : []))
  }

  mutate(mutation: Mutation): void {
    const { state: ordinal } = mutation
    switch (mutation.op) {
      case 'set': {
        const before = this.states[ordinal]
        if (before !== undefined && !(before instanceof Uint8Array)) throw this.mismatch(ordinal, 'value')
        if (before && overwrite(before, mutation.value)) return
        this.put(ordinal, own(mutation.value))
        this.grow(mutation.value.length - (before?.length ?? 0))
        return
      }
      case 'clear':
        return this.clear(ordinal)
      case 'append':
        this.list(ordinal).items.push(own(mutation.value))
        this.grow(mutation.value.length)
        return
      case 'dropFront':
        return this.dropFront(ordinal, mutation.count)
      case 'setItem':
        return this.setItem(ordinal, mutation.index, mutation.value)
      case 'put':
        return this.grow(this.map(ordinal).put({ key: own(mutation.key), value: own(mutation.value) }))
      case 'remove': {
        const map = this.map(ordinal)
        this.grow(map.remove(mutation.key))
        if (map.entries.size === 0) this.clear(ordinal)
      }
    }
  }

  /**
   * Sets a state to what a checkpoint holds, as it is and not copied: what was read of a checkpoint is nearly all in use,
   * and whatever of it is not is bounded by its size.
   */
  load(ordinal: number, cells: StateCells, expiresAtMs: number): void {
    if (cells.kind === 'value') {
      this.put(ordinal, cells.value)
      this.grow(cells.value.length)
    } else if (cells.kind === 'list') {
      const list = this.list(ordinal)
      list.head = cells.head
      list.items = [...cells.items]
      for (const item of cells.items) this.grow(item.length)
    } else {
      const map = this.map(ordinal)
      for (const cell of cells.entries) this.grow(map.put(cell))
    }
    if (expiresAtMs > 0) (this.expiresAtMs ??= [])[ordinal] = expiresAtMs
  }

  private put<S extends State>(ordinal: number, state: S): S {
    if (this.states === noStates) this.states = new Array<State>(Math.max(ordinal + 1, this.table.states.length))
    this.states[ordinal] = state
    return state
  }

  private grow(bytes: number): void {
    this.stateBytes += bytes
    this.table.stateBytes += bytes
  }

  private clear(ordinal: number): void {
    const state = this.states[ordinal]
    if (state instanceof Uint8Array) this.grow(-state.length)
    if (state instanceof ListState) for (const item of state.items) this.grow(-item.length)
    if (state instanceof MapState) this.grow(-state.bytes)
    if (state !== undefined) this.states[ordinal] = undefined
    if (this.expiresAtMs) this.expiresAtMs[ordinal] = 0
  }

  private dropFront(ordinal: number, count: number): void {
    const list = this.list(ordinal)
    if (count > list.items.length) throw this.refused(`drops ${count} of ${list.items.length} list items`)
    for (const item of list.items.splice(0, count)) this.grow(-item.length)
    list.head += count
  }

  private setItem(ordinal: number, index: number, value: Uint8Array): void {
    const list = this.list(ordinal)
    const before = list.items[index - list.head]
    if (!before) throw this.refused(`sets list item ${index}, which is not there`)
    list.items[index - list.head] = own(value)
    this.grow(value.length - before.length)
  }

  private list(ordinal: number): ListState {
    const state = this.states[ordinal] ?? this.put(ordinal, new ListState())
    if (!(state instanceof ListState)) throw this.mismatch(ordinal, 'list')
    return state
  }

  private map(ordinal: number): MapState {
    const state = this.states[ordinal] ?? this.put(ordinal, new MapState())
    if (!(state instanceof MapState)) throw this.mismatch(ordinal, 'map')
    return state
  }

  private mismatch(ordinal: number, kind: string): MillraceError {
    const declared = this.table.states[ordinal]
    assert(declared, `state ${ordinal} of ${this.table.typename} is not declared`)
    return this.refused(`changes state ${declared.name}, a ${declared.kind}, as a ${kind}`)
  }

  private refused(what: string): MillraceError {
    return new MillraceError('ENDPOINT_PROTOCOL', `the answer for ${this.table.typename}/${this.id} ${what}`)
  }
}
