import type { Actor } from './actor.ts'
import { Journal } from './journal.ts'
import type { Shard } from './shard.ts'

/**
 * The whole state at one moment, written while the shard goes on: `step` writes some actors at a time, and an actor that is
 * about to change is written first, so all of it is as it was when the snapshot began. Small parts (open messages, timers,
 * positions, requests) are written at once at the beginning. Begin it right after a window was closed: then every open
 * message has its entry number.
 */
export class Snapshot {
  private readonly shard: Shard
  private readonly journal = new Journal(1 << 20)
  private readonly number: number
  private readonly actors: Iterator<Actor>

  constructor(shard: Shard) {
    this.shard = shard
    this.number = ++shard.snapshots
    this.actors = actorsOf(shard)
    this.writeSmallParts()
    shard.snapshot = this
  }

  private writeSmallParts(): void {
    const { journal, shard } = this
    for (const table of shard.tables) {
      journal.declareFunction(table)
      for (const state of table.states) journal.declareState(table, state)
    }
    journal.counters(...shard.counters())
    for (const message of shard.openEntries())
      if (shard.isFirst(message)) journal.enqueueFirst(message)
      else journal.enqueue(message)
    this.writeStops()
    for (const delayed of shard.timers.all()) journal.delay(delayed)
    for (const position of shard.positions.all()) journal.position(position)
    for (const request of shard.requests.all()) {
      journal.request(request)
      if (request.reply) journal.reply(request.scope, request.reply)
    }
    for (const record of shard.undelivered.values()) journal.keepUndelivered(record)
  }

  private writeStops(): void {
    const { journal, shard } = this
    for (const actor of shard.stopped) {
      const { parked, pausedSinceMs } = actor.stop ?? {}
      if (parked) journal.park(actor, parked)
      if (pausedSinceMs !== undefined) journal.pauseActor(actor, pausedSinceMs)
    }
    for (const table of shard.tables)
      if (table.pausedSinceMs !== undefined) journal.pauseFunction(table, table.pausedSinceMs)
  }

  /** Writes on until `bytes` have come together. Undefined once there is nothing more: the snapshot is whole. */
  step(bytes: number): Uint8Array | undefined {
    while (this.journal.length < bytes) {
      const next = this.actors.next()
      if (next.done) {
        this.shard.snapshot = undefined
        return this.journal.length > 0 ? this.journal.take() : undefined
      }
      this.write(next.value)
    }
    return this.journal.take()
  }

  beforeChange(actor: Actor): void {
    this.write(actor)
  }

  private write(actor: Actor): void {
    if (actor.snapshot >= this.number) return
    actor.snapshot = this.number
    for (let ordinal = 0; ordinal < actor.table.states.length; ordinal++) {
      const cells = actor.cells(ordinal)
      if (cells) this.journal.restore(actor, ordinal, cells)
      const expiresAtMs = actor.expiresAtMs?.[ordinal]
      if (cells && expiresAtMs) this.journal.expire(actor, ordinal, expiresAtMs)
    }
  }
}

function* actorsOf(shard: Shard): Generator<Actor> {
  for (const table of shard.tables) yield* table.actors.values()
}
