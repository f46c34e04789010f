import { setTimeout as sleep } from 'node:timers/promises'
import type { Producer } from '../support/producer.ts'
import type { Flow } from './flow.ts'

/** So many events at once, and so long between. */
export interface Pace {
  readonly chunk: number
  readonly pauseMs: number
}

/** Feeds a flow's events to Kafka bit by bit, never more of them than are allowed so far. */
export class Feeder {
  private readonly flow: Flow
  private readonly producer: Producer
  private readonly pace: Pace
  private allowed = 0
  private stopped = false
  delivered = 0

  constructor(flow: Flow, producer: Producer, pace: Pace = { chunk: 100, pauseMs: 60 }) {
    this.flow = flow
    this.producer = producer
    this.pace = pace
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
    const { chunk, pauseMs } = this.pace
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
