/** What a running coordinator tells of itself: events for logs, numbers for metrics. Never state values or payloads. */
export interface Telemetry {
  readonly log: EventLog
  counter(name: string, help: string, labels?: readonly string[]): Counter
  histogram(name: string, help: string, buckets: readonly number[], labels?: readonly string[]): Histogram
  /** `read` is asked at each scrape. */
  gauge(name: string, help: string, labels: readonly string[], read: () => Iterable<GaugeReading>): void
  /** All numbers in Prometheus' text format. */
  scrape(): Promise<string>
}

export interface EventLog {
  /** `event` is a stable name in kebab-case; fields are for machines, the message for people. */
  debug(event: string, message: string, fields?: EventFields): void
  info(event: string, message: string, fields?: EventFields): void
  warn(event: string, message: string, fields?: EventFields): void
  error(event: string, message: string, fields?: EventFields): void
}

export type EventFields = Readonly<Record<string, string | number | boolean | undefined>>

export interface Counter {
  add(amount: number, ...labels: string[]): void
}

export interface Histogram {
  observe(value: number, ...labels: string[]): void
}

export interface GaugeReading {
  readonly labels: readonly string[]
  readonly value: number
}
