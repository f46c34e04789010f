import type { Actor } from './actor.ts'

/** Actors that have messages to send and wait for no other answer, since they were last taken. */
export class ReadyActors {
  private ready: Actor[] = []
  private ofReplay = false

  get count(): number {
    return this.ready.length
  }

  add(actor: Actor, replaying: boolean): void {
    this.ready.push(actor)
    this.ofReplay ||= replaying
  }

  take(): readonly Actor[] {
    const { ready } = this
    if (ready.length > 0) this.ready = []
    if (!this.ofReplay) return ready
    // In a replay a lane empties and fills again without anybody taking its actor, which is then here many times over.
    this.ofReplay = false
    return [...new Set(ready)].filter(({ lane }) => lane !== undefined)
  }
}
