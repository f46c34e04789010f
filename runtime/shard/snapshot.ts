import { slotOf, slotOfHash } from '../model/key-group.ts'
import type { Mutation } from '../model/state-cells.ts'
import type { Actor } from './actor.ts'
import type { Taken } from './changes.ts'
import type { EncodedActor } from './encoded-actor.ts'
import { Journal } from './journal.ts'
import { targetOf, type KeyedRequest } from './requests.ts'
import type { Shard } from './shard.ts'

/**
 * A piece of a slot: a journal whose entries replace what was known of the addresses that they speak of. That of a snapshot
 * is valid until its next step: megabytes that are allocated for each section make the engine look through all actors for
 * garbage, again and again.
 */
export interface Section {
  readonly slot: number
  readonly journal: Uint8Array
}

export interface SnapshotBounds {
  /** A slot's section ends beyond so many bytes, and nothing more is kept in memory. */
  readonly sectionBytes: number
  /** `next` answers `pause` after about so many bytes, or actors looked at, so that the shard can go on. */
  readonly pauseBytes: number
  readonly pauseActors: number
  /** While a function has no more actors as objects than this, none of them is put to rest. */
  readonly awakeMin: number
  /** One that has had no change during so many snapshots is put to rest. */
  readonly idleSnapshots: number
}

const defaultBounds: SnapshotBounds = {
  sectionBytes: 4 << 20,
  pauseBytes: 256 << 10,
  pauseActors: 5_000,
  awakeMin: 100_000,
  idleSnapshots: 4,
}

const spareMax = 2

/** So many looks at an actor take as long as to put one to rest. */
const restingWork = 5

const nothing: readonly Mutation[] = []

/**
 * What a checkpoint has to add to the one before, as of one moment, written while the shard goes on: of most slots the
 * addresses that have changed since (a *delta*), of the slots in `full` everything, which replaces all there was. `next`
 * writes some actors at a time, and an actor that is about to change is written first. Begin it right after a window was
 * closed: then every open message has its entry number.
 *
 * On its way it unsets states whose time is over by `clockMs`. That is a change as any other, in the journal of the window
 * that is open then; such a state is left out here, since nothing in the log after this moment relates to it: had anything
 * touched its actor, the actor would have been written before.
 */
export class Snapshot {
  /** The slots that are written whole. */
  readonly full: ReadonlySet<number>
  /** What belongs to no slot: a journal to replay before all sections. */
  readonly head: Uint8Array
  private readonly shard: Shard
  private readonly clockMs: number
  private readonly bounds: SnapshotBounds
  private readonly taken: Taken
  private readonly changedRequests: readonly (readonly [scope: string, request: KeyedRequest | undefined])[]
  private readonly allRequests: readonly KeyedRequest[]
  private readonly journals = new Map<number, Journal>()
  /** Empty ones, to be used again. */
  private readonly spare: Journal[] = []
  private lent: Journal | undefined
  private readonly work: Generator<Section | 'pause', undefined>
  /** The actors at rest of slots that are written whole are written. */
  private restingDone = false
  private bytes = 0
  private bytesAtPause = 0
  private looked = 0

  constructor(shard: Shard, rewrite: Iterable<number>, clockMs: number, bounds: Partial<SnapshotBounds> = {}) {
    this.shard = shard
    this.clockMs = clockMs
    this.bounds = { ...defaultBounds, ...bounds }
    this.taken = shard.changes.take()
    this.full = new Set([...rewrite, ...this.taken.lost])
    this.head = headOf(shard)
    const { requests } = shard
    this.changedRequests = [...this.taken.requests].map((scope) => [scope, requests.get(scope)])
    this.allRequests = this.full.size > 0 ? [...requests.all()] : []
    shard.snapshot = this
    this.work = this.write()
  }

  /** The slots that this may write anything of. */
  get slots(): ReadonlySet<number> {
    const changed = this.taken.actors.flatMap((actors, slot) => (actors.length > 0 ? [slot] : []))
    const { spread } = this.shard.changes
    return new Set([
      ...this.full,
      ...changed,
      ...this.changedRequests.map(([scope]) => slotOf(targetOf(scope), spread)),
    ])
  }

  /** The next section; `pause`: let others work, then ask again; undefined: that was all. */
  next(): Section | 'pause' | undefined {
    if (this.lent && this.spare.length < spareMax) this.spare.push(this.lent)
    this.lent?.reset()
    this.lent = undefined
    const { done, value } = this.work.next()
    if (done) this.end()
    return value
  }

  /** It will be in no checkpoint: the next snapshot writes its slots whole. */
  abandon(): void {
    this.end()
    this.shard.changes.lose(this.slots)
    for (const actors of this.taken.actors) for (const actor of actors) this.shard.noticed(actor)
  }

  private end(): void {
    if (this.shard.snapshot === this) this.shard.snapshot = undefined
  }

  awaits(actor: Actor): boolean {
    return actor.changed === this.taken.epoch && actor.snapshot !== this.taken.epoch
  }

  beforeChange(actor: Actor): void {
    const { epoch } = this.taken
    if (actor.snapshot === epoch || (actor.changed === 0 && actor.snapshot === 0)) return
    if (actor.changed === epoch || this.full.has(actor.slot)) this.actor(actor, nothing)
  }

  /** Who was at rest until then is written; before, it will be met among those awake. */
  woken(actor: Actor): void {
    if (this.restingDone && this.full.has(actor.slot)) actor.snapshot = this.taken.epoch
  }

  private *write(): Generator<Section | 'pause', undefined> {
    if (this.full.size > 0) yield* this.resting()
    this.restingDone = true
    const rows = yield* this.rows()
    yield* this.requests()
    for (let slot = 0; slot < this.taken.actors.length; slot++) {
      const changed = this.taken.actors[slot] ?? []
      for (const actors of [rows.get(slot) ?? [], changed])
        for (const actor of actors) {
          this.look(actor)
          if (this.bytes > this.bounds.sectionBytes) yield* this.largest()
          if (this.isLong()) yield 'pause'
        }
      const last = this.section(slot)
      if (last) yield last
    }
    yield* this.putToRest()
  }

  /**
   * The actors at rest of the slots that are written whole: their bytes, as they are. Before those awake, so that one that is
   * made meanwhile is met at least once.
   */
  private *resting(): Generator<Section | 'pause'> {
    const { shard, full } = this
    const { spread } = shard.changes
    for (const encoded of shard.atRest(full)) {
      const slot = slotOfHash(encoded.idHash, spread)
      this.looked++
      if (full.has(slot)) {
        const { expiresAtMs } = encoded
        if (expiresAtMs > 0 && expiresAtMs <= this.clockMs) this.expire(encoded)
        else this.encoded(slot, encoded)
      }
      if (this.bytes > this.bounds.sectionBytes) yield* this.largest()
      if (this.isLong()) yield 'pause'
    }
  }

  private encoded(slot: number, encoded: EncodedActor): void {
    const journal = this.journal(slot)
    const before = journal.length
    journal.encodedActor(encoded.bytes.subarray(encoded.at, encoded.end))
    this.bytes += journal.length - before
  }

  /** Makes an actor at rest with a state whose time is over, so that it is looked at as others are. */
  private expire(encoded: EncodedActor): void {
    const table = this.shard.tables[encoded.ordinal]
    const actor = table && this.shard.find(table, encoded.id)
    if (actor) this.look(actor)
  }

  /** Puts actors to rest that have not changed for long: to make them again costs as much as some changes. */
  private *putToRest(): Generator<'pause'> {
    const { shard, taken, bounds } = this
    const epoch = taken.epoch + 1 - bounds.idleSnapshots
    for (const { actors } of shard.tables) {
      if (actors.size <= bounds.awakeMin) continue
      for (const actor of actors.values()) {
        this.looked += shard.rest(actor, epoch) ? restingWork : 1
        if (this.isLong()) yield 'pause'
      }
    }
    for (const _ of shard.tidy()) yield 'pause'
  }

  /** The actors of the slots that are written whole. */
  private *rows(): Generator<'pause', ReadonlyMap<number, readonly Actor[]>> {
    const rows = new Map<number, Actor[]>([...this.full].map((slot) => [slot, []]))
    if (rows.size === 0) return rows
    for (const table of this.shard.tables)
      for (const actor of table.actors.values()) {
        // Without a slot there is nothing of it yet that the log knows.
        if (actor.slot >= 0) rows.get(actor.slot)?.push(actor)
        this.looked++
        if (this.isLong()) yield 'pause'
      }
    return rows
  }

  private *requests(): Generator<Section | 'pause'> {
    const { spread } = this.shard.changes
    const isFull = (slot: number): boolean => this.full.has(slot)
    for (const [scope, request] of this.changedRequests) {
      const slot = slotOf(targetOf(scope), spread)
      if (!isFull(slot)) yield* this.request(slot, scope, request)
    }
    for (const request of this.allRequests) {
      const slot = slotOf(targetOf(request.scope), spread)
      if (isFull(slot)) yield* this.request(slot, request.scope, request)
    }
  }

  private *request(slot: number, scope: string, request: KeyedRequest | undefined): Generator<Section | 'pause'> {
    const journal = this.journal(slot)
    const before = journal.length
    if (!request) journal.forget(scope)
    else {
      journal.request(request)
      if (request.reply) journal.reply(scope, request.reply)
    }
    this.bytes += journal.length - before
    this.looked++
    if (this.bytes > this.bounds.sectionBytes) yield* this.largest()
    if (this.isLong()) yield 'pause'
  }

  /** Writes an actor, unless it was written because it changed. */
  private look(actor: Actor): void {
    const { epoch } = this.taken
    this.looked++
    if (actor.snapshot !== epoch && actor.changed <= epoch) {
      // With a message under way, an answer may come that relates to the state as it was sent.
      const expired = actor.lane ? nothing : actor.expired(this.clockMs)
      this.actor(actor, expired)
      if (expired.length > 0) this.shard.mutate(actor, expired)
    }
    this.shard.noticed(actor)
  }

  private actor(actor: Actor, without: readonly Mutation[]): void {
    const isStored = actor.snapshot > 0
    actor.snapshot = this.taken.epoch
    const isGone =
      !actor.stop &&
      !actor.timers &&
      !actor.lane?.messages.some(({ entry }) => entry > 0) &&
      actor.heldStates(without).length === 0
    if (isGone && (!isStored || this.full.has(actor.slot))) return
    const journal = this.journal(actor.slot)
    const before = journal.length
    journal.actor(actor, without)
    this.bytes += journal.length - before
  }

  private journal(slot: number): Journal {
    let journal = this.journals.get(slot)
    if (!journal) this.journals.set(slot, (journal = this.spare.pop() ?? new Journal(1 << 10)))
    return journal
  }

  private section(slot: number): Section | undefined {
    const journal = this.journals.get(slot)
    if (!journal) return undefined
    this.lent = journal
    this.journals.delete(slot)
    this.bytes -= journal.length
    this.bytesAtPause -= journal.length
    return { slot, journal: journal.view() }
  }

  /** Slots that are not looked at yet may have much in memory when much changes meanwhile. */
  private *largest(): Generator<Section> {
    let largest = -1
    for (const [slot, { length }] of this.journals)
      if (length > (this.journals.get(largest)?.length ?? 0)) largest = slot
    const section = this.section(largest)
    if (section) yield section
  }

  private isLong(): boolean {
    const { pauseActors, pauseBytes } = this.bounds
    if (this.looked < pauseActors && this.bytes - this.bytesAtPause < pauseBytes) return false
    this.looked = 0
    this.bytesAtPause = this.bytes
    return true
  }
}

const headOf = (shard: Shard): Uint8Array => {
  const journal = new Journal(4 << 10)
  for (const table of shard.tables) {
    journal.declareFunction(table)
    for (const state of table.states) journal.declareState(table, state)
    if (table.pausedSinceMs !== undefined) journal.pauseFunction(table, table.pausedSinceMs)
  }
  journal.counters(...shard.counters())
  for (const position of shard.positions.all()) journal.position(position)
  for (const record of shard.undelivered.values()) journal.keepUndelivered(record)
  return journal.take()
}
