/** What has happened since the loop last looked, in order. */
export class Inbox<Event> {
  private events: Event[] = []
  private wake: (() => void) | undefined

  push(event: Event): void {
    this.events.push(event)
    this.wake?.()
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
