import { MillraceError } from '../model/errors.ts'
import { noEffects } from '../model/invocation.ts'
import type { Limits } from '../model/limits.ts'
import type { Mutation, StateCells } from '../model/state-cells.ts'
import type { Actor, ActorTable } from '../shard/actor.ts'
import type { Applier } from '../shard/apply.ts'
import type { ParkedBounds } from '../shard/parked-bounds.ts'
import type { Parking } from '../shard/parking.ts'
import { refusalOf } from '../shard/refusal.ts'
import type { Shard } from '../shard/shard.ts'

/** Changes of state, from what is there before. */
type MutationsOf = (table: ActorTable, before: (ordinal: number) => StateCells | undefined) => readonly Mutation[]

/** An address as it is parked now. Parked again later, it is another one. */
export interface ParkedAddress {
  readonly actor: Actor
  readonly parking: Parking
}

/**
 * What people may do to addresses: each method checks, then changes the shard, so that one that throws has changed nothing.
 * All of it is the content of the open window. Throws MillraceErrors FUNCTION_UNKNOWN and ADDRESS_NOT_STOPPED, and what
 * else a method names.
 */
export class Operator {
  readonly shard: Shard
  readonly applier: Applier
  readonly nowMs: number
  readonly limits: Limits
  private readonly parkedBounds: ParkedBounds

  constructor(shard: Shard, applier: Applier, nowMs: number, limits: Limits, parkedBounds: ParkedBounds) {
    this.shard = shard
    this.applier = applier
    this.nowMs = nowMs
    this.limits = limits
    this.parkedBounds = parkedBounds
  }

  /** The parked addresses, of one function or all. */
  parked(typename: string | undefined): readonly ParkedAddress[] {
    const table = typename === undefined ? undefined : this.table(typename)
    return [...this.shard.stopped].flatMap((actor) => {
      const parking = actor.stop?.parked
      return parking && (!table || actor.table === table) ? [{ actor, parking }] : []
    })
  }

  /** Lets a parked address go on with all that waits there, in order, the failed message first. Answers how many wait. */
  retry(typename: string, id: string): number {
    const { actor } = this.parkedAt(typename, id)
    const messages = actor.lane?.messages.length ?? 0
    this.release(actor)
    return messages
  }

  /** As `retry`, for those that are still parked as they were; answers how many. */
  retryAll(addresses: readonly ParkedAddress[]): number {
    const still = addresses.filter(({ actor, parking }) => actor.stop?.parked === parking)
    for (const { actor } of still) this.release(actor)
    return still.length
  }

  private release(actor: Actor): void {
    for (const message of actor.lane?.messages ?? []) if (message.failures > 0) this.shard.retry(message, 0, 0)
    this.shard.release(actor)
  }

  /** Sends the failed message of a parked address to the dead letters and goes on with the next. Answers how many wait. */
  skip(typename: string, id: string): number {
    const { actor, parking } = this.parkedAt(typename, id)
    const failed = actor.lane?.messages.find(({ failures }) => failures > 0)
    if (!failed) {
      const message = `the message that ${nameOf(actor)} failed at is among the dead letters already: retry lets the rest go on`
      throw new MillraceError('ADDRESS_NOT_STOPPED', message)
    }
    const messages = (actor.lane?.messages.length ?? 1) - 1
    const { code, message } = parking
    this.applier.giveUp(failed, { code, message })
    this.shard.release(actor)
    return messages
  }

  /** Keeps a function, or one address of it, from being invoked. What handlers are working on ends as usual. */
  pause(typename: string, id: string | undefined): void {
    const table = this.table(typename)
    if (id === undefined) {
      if (table.pausedSinceMs === undefined) this.shard.pauseFunction(table, this.nowMs)
      return
    }
    const actor = this.shard.actor(table, id)
    if (actor.stop?.pausedSinceMs === undefined) this.shard.pauseActor(actor, this.nowMs)
  }

  /** The opposite of `pause`. What is parked stays so. */
  resume(typename: string, id: string | undefined): void {
    const table = this.table(typename)
    if (id === undefined) {
      if (table.pausedSinceMs === undefined)
        throw new MillraceError('ADDRESS_NOT_STOPPED', `function ${typename} is not paused`)
      return this.shard.resumeFunction(table)
    }
    const actor = this.shard.find(table, id)
    if (actor?.stop?.pausedSinceMs !== undefined) return this.shard.resumeActor(actor)
    const rather = actor?.stop?.parked ? 'parked: retry or skip it' : 'not paused by itself'
    const message = `${typename}/${id} is ${table.pausedSinceMs === undefined ? rather : 'paused with its function: resume that'}`
    throw new MillraceError('ADDRESS_NOT_STOPPED', message)
  }

  /**
   * Changes state by hand, of an address that is parked or paused and has no calls in flight: those would overwrite it.
   * Throws what is wrong with the change, as LIMIT_EXCEEDED, too.
   */
  editState(typename: string, id: string, mutationsOf: MutationsOf): void {
    const table = this.table(typename)
    const mutations = mutationsOf(table, (ordinal) => this.shard.find(table, id)?.cells(ordinal))
    const actor = this.stoppedAt(table, id)
    const refusal = refusalOf(actor, { ...noEffects, mutations }, this.limits, new Map())
    if (refusal)
      throw new MillraceError(refusal.code === 'LIMIT_EXCEEDED' ? 'LIMIT_EXCEEDED' : 'VALUE_INVALID', refusal.message)
    this.applier.edit(actor, mutations)
  }

  /** An address that is parked or paused, with nothing in flight. */
  stoppedAt(table: ActorTable, id: string): Actor {
    const known = this.shard.find(table, id)
    const address = `${table.typename}/${id}`
    if (known?.lane && known.lane.inFlight > 0 && known.isStopped)
      throw new MillraceError('ADDRESS_NOT_STOPPED', `${address} is paused, but has calls in flight: ask again shortly`)
    if (known?.isStopped ?? table.pausedSinceMs !== undefined) return this.shard.actor(table, id)
    const message = `${address} is neither parked nor paused, and may be processed at any moment: pause it first`
    throw new MillraceError('ADDRESS_NOT_STOPPED', message)
  }

  /** Throws where nothing can be put before what waits: the address is not stopped, or has as many as may wait. */
  checkRoomFirst(table: ActorTable, id: string): void {
    const actor = this.stoppedAt(table, id)
    if (!this.parkedBounds.isFull(actor)) return
    const message = `${nameOf(actor)} has no room for another message (limits.laneMessagesMax, limits.parkedMessagesMax, limits.parkedBytesMax)`
    throw new MillraceError('LIMIT_EXCEEDED', message)
  }

  table(typename: string): ActorTable {
    const table = this.shard.table(typename)
    if (table) return table
    const known = this.shard.tables.map((each) => each.typename).join(', ') || 'none'
    throw new MillraceError('FUNCTION_UNKNOWN', `there is no function ${typename.slice(0, 200)}; there are: ${known}`)
  }

  private parkedAt(typename: string, id: string): ParkedAddress {
    const actor = this.shard.find(this.table(typename), id)
    const parking = actor?.stop?.parked
    if (actor && parking) return { actor, parking }
    const rather = actor?.isPaused ? ', but paused: resume it' : ''
    throw new MillraceError('ADDRESS_NOT_STOPPED', `${typename}/${id} is not parked${rather}`)
  }
}

const nameOf = (actor: Actor): string => `${actor.table.typename}/${actor.id}`
