import type { Actor } from './actor.ts'
import { stopOf, type Parking } from './parking.ts'

/** The addresses that are parked or paused by themselves, and how many of each. */
export class StoppedActors implements Iterable<Actor> {
  parked = 0
  paused = 0
  private readonly actors = new Set<Actor>()

  get size(): number {
    return this.actors.size
  }

  /** Gives an address another stop, or none. */
  change(actor: Actor, parked: Parking | undefined, pausedSinceMs: number | undefined): void {
    const before = actor.stop
    const stop = stopOf(parked, pausedSinceMs)
    this.parked += Number(stop?.parked !== undefined) - Number(before?.parked !== undefined)
    this.paused += Number(stop?.pausedSinceMs !== undefined) - Number(before?.pausedSinceMs !== undefined)
    actor.stop = stop
    if (stop) this.actors.add(actor)
    else this.actors.delete(actor)
  }

  [Symbol.iterator](): Iterator<Actor> {
    return this.actors.values()
  }
}
