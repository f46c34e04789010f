import type { Clock } from '../../ports/clock.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import { parseMetrics, type MetricSamples } from './metrics-text.ts'

/** A scrape, and when. */
export interface Scrape {
  readonly atMs: number
  readonly samples: MetricSamples
}

/** Two scrapes, for what has happened in between. */
export interface RecentMetrics {
  readonly now: Scrape
  /** Undefined at the first look. */
  readonly before: Scrape | undefined
}

const freshMs = 500
const windowMs = 5_000
/** An average over a longer pause would be taken for the present. */
const staleMs = 15_000

/**
 * Numbers of the last five seconds, for as long as somebody looks: no work is done while nobody does, and any number of
 * viewers cost two scrapes a second.
 */
export class RecentMetricsReader {
  private readonly telemetry: Telemetry
  private readonly clock: Clock
  private scrapes: Scrape[] = []
  private underWay: Promise<RecentMetrics> | undefined

  constructor(telemetry: Telemetry, clock: Clock) {
    this.telemetry = telemetry
    this.clock = clock
  }

  read(): Promise<RecentMetrics> {
    this.underWay ??= this.look().finally(() => (this.underWay = undefined))
    return this.underWay
  }

  private async look(): Promise<RecentMetrics> {
    const atMs = this.clock.monotonic()
    let now = this.scrapes.at(-1)
    if (!now || atMs - now.atMs >= freshMs) {
      now = { atMs, samples: parseMetrics(await this.telemetry.scrape()) }
      this.scrapes.push(now)
      const { scrapes } = this
      while (scrapes[0] && atMs - scrapes[0].atMs > (scrapes.length > 2 ? windowMs : staleMs)) scrapes.shift()
    }
    const [before] = this.scrapes
    return { now, before: before === now ? undefined : before }
  }
}
