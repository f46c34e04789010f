import { collectDefaultMetrics, Counter as PromCounter, Gauge, Histogram as PromHistogram, Registry } from 'prom-client'
import type { Counter, EventLog, GaugeReading, Histogram, Telemetry } from '../ports/telemetry.ts'

class PrometheusTelemetry implements Telemetry {
  readonly log: EventLog
  private readonly registry = new Registry()

  constructor(log: EventLog) {
    this.log = log
    collectDefaultMetrics({ register: this.registry })
  }

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    const counter = new PromCounter({ name, help, labelNames: labels, registers: [this.registry] })
    // Without labels a series is there from the start, at 0; with labels from its first value on.
    return {
      add: (amount, ...values) => (labels.length === 0 ? counter.inc(amount) : counter.labels(...values).inc(amount)),
    }
  }

  histogram(name: string, help: string, buckets: readonly number[], labels: readonly string[] = []): Histogram {
    const settings = { name, help, buckets: [...buckets], labelNames: labels, registers: [this.registry] }
    const histogram = new PromHistogram(settings)
    return {
      observe: (value, ...values) =>
        labels.length === 0 ? histogram.observe(value) : histogram.labels(...values).observe(value),
    }
  }

  gauge(name: string, help: string, labels: readonly string[], read: () => Iterable<GaugeReading>): void {
    const gauge = new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [this.registry],
      collect: () => {
        // A partition or function that is gone must not show its last value for ever.
        gauge.reset()
        for (const { labels: values, value } of read())
          if (values.length === 0) gauge.set(value)
          else gauge.labels(...values).set(value)
      },
    })
  }

  scrape(): Promise<string> {
    return this.registry.metrics()
  }
}

/** Numbers of its own registry, with those of the process (memory, CPU, event loop), and the given log. */
export const prometheusTelemetry = (log: EventLog): Telemetry => new PrometheusTelemetry(log)
