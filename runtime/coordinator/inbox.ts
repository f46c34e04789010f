/** What has happened since the loop last looked, in order. */
export class Inbox<Event> {
  private readonly soon: (action: () => void) => void
  private events: Event[] = []
  private wake: (() => void) | undefined

  /**
   * @param soon calls an action when all that has arrived by now is there: a turn of the loop takes what has come on a
   * hundred sockets together, and not a turn for each
   */
  constructor(soon: (action: () => void) => void) {
    this.soon = soon
  }

  push(event: Event): void {
    this.events.push(event)
    if (!this.wake) return
    this.soon(this.wake)
    this.wake = undefined
  }

  /** Waits until there is something, then answers all of it. */
  async next(): Promise<readonly Event[]> {
    if (this.events.length === 0) await new Promise<void>((resolve) => (this.wake = resolve))
    return this.takeAll()
  }

  /** What there is, without waiting. */
  takeAll(): readonly Event[] {
    const { events } = this
    this.events = []
    return events
  }
}
