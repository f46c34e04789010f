import { slotOf, type Spread } from '../model/key-group.ts'
import type { Actor } from './actor.ts'

/** What changed in one epoch. */
export interface Taken {
  readonly epoch: number
  /** By slot. */
  readonly actors: readonly (readonly Actor[])[]
  /** Scopes. */
  readonly requests: ReadonlySet<string>
  /** Slots whose earlier changes were taken, and came into no checkpoint. */
  readonly lost: ReadonlySet<number>
}

/**
 * What has changed since the last snapshot began, so that the next one writes that and nothing else. Each snapshot begins
 * a new *epoch*; an actor carries the epoch of its last change, so it costs a comparison to see that it is noted already.
 */
export class Changes {
  readonly spread: Spread
  /** From 2 on: 0 is never, 1 is what was loaded from a checkpoint. */
  epoch = 2
  private actors: Actor[][]
  private requests = new Set<string>()
  private lost = new Set<number>()

  constructor(spread: Spread) {
    this.spread = spread
    this.actors = lists(spread.slots)
  }

  /** Call once in an epoch for each actor that changes. */
  note(actor: Actor): void {
    if (actor.slot < 0) actor.slot = slotOf(actor.id, this.spread)
    actor.changed = this.epoch
    this.actors[actor.slot]!.push(actor)
  }

  noteRequest(scope: string): void {
    this.requests.add(scope)
  }

  /** These requests were loaded from a checkpoint: they are no change. */
  forgetRequests(): void {
    this.requests.clear()
  }

  /** Ends the epoch. */
  take(): Taken {
    const { epoch, actors, requests, lost } = this
    this.epoch++
    this.actors = lists(this.spread.slots)
    this.requests = new Set()
    this.lost = new Set()
    return { epoch, actors, requests, lost }
  }

  /** What was taken of these slots came into no checkpoint: the next one writes them whole. */
  lose(slots: Iterable<number>): void {
    for (const slot of slots) this.lost.add(slot)
  }
}

const lists = (slots: number): Actor[][] => Array.from({ length: slots }, () => [])
