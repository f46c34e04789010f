import type { Actor } from '../shard/actor.ts'
import { Fifo } from './fifo.ts'

/** Addresses that failed together, while the one to blame is looked for. */
interface Suspects {
  readonly actors: readonly Actor[]
  /** What the endpoint had answered when they first failed. */
  readonly successesBefore: number
}

/** The addresses that wait for a request to one endpoint, in order; those that a request failed with apart from the rest. */
export class EndpointQueue {
  private readonly ready = new Fifo<Actor>()
  /** Before all others. */
  private readonly first = new Fifo<Actor>()
  private suspects: Suspects[] = []
  private suspectsNext = false

  get length(): number {
    return this.first.length + this.ready.length + this.suspects.length
  }

  add(actor: Actor): void {
    this.ready.push(actor)
  }

  /** For an address that has had its turn, and only lacked something: it goes on before any other begins. */
  addFirst(actor: Actor): void {
    this.first.push(actor)
  }

  /** After a request for `actors` failed as a whole: they are tried again in two halves, apart from all others. */
  addSuspects(actors: readonly Actor[], successesBefore: number): void {
    const middle = Math.ceil(actors.length / 2)
    for (const half of [actors.slice(0, middle), actors.slice(middle)])
      if (half.length > 0) this.suspects.push({ actors: half, successesBefore })
  }

  /** After a request that never reached the endpoint: they wait as they were. */
  putBack(actors: readonly Actor[]): void {
    this.ready.putBack(actors)
  }

  /** Suspects take turns with the others, so that neither waits for the other for ever. */
  takeSuspects(): Suspects | undefined {
    this.suspectsNext = !this.suspectsNext
    if (!this.suspectsNext && this.peek()) return undefined
    return this.suspects.shift()
  }

  /** The next in line; `advance` takes it. */
  peek(): Actor | undefined {
    return this.first.peek() ?? this.ready.peek()
  }

  advance(): void {
    if (this.first.length > 0) this.first.advance()
    else this.ready.advance()
  }
}
