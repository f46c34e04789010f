import { setTimeout as sleep } from 'node:timers/promises'
import type { Producer } from '../support/producer.ts'
import type { Flow } from './flow.ts'

const chunk = 100
const pauseMs = 60

/** Feeds a flow's events to Kafka bit by bit, never more of them than are allowed so far. */
export class Feeder {
  private readonly flow: Flow
  private readonly producer: Producer
  private allowed = 0
  private stopped = false
  delivered = 0

  constructor(flow: Flow, producer: Producer) {
    this.flow = flow
    this.producer = producer
  }

  get done(): boolean {
    return this.delivered === this.flow.events.length
  }

  allow(count: number): void {
    this.allowed = Math.min(count, this.flow.events.length)
  }

  stop(): void {
    this.stopped = true
  }

  /** Resolves when all events are delivered. */
  async run(): Promise<void> {
    while (!this.done && !this.stopped) {
      const events = this.flow.events.slice(this.delivered, Math.min(this.delivered + chunk, this.allowed))
      this.producer.write(
        events.map(({ key, n, amount }) => ({ topic: 'events', key, value: JSON.stringify({ n, amount }) })),
      )
      if (events.length > 0) this.delivered = await this.producer.flush()
      await sleep(pauseMs)
    }
  }
}
