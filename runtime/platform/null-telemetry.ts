import type { Telemetry } from '../ports/telemetry.ts'

const nothing = (): void => undefined

/** Telemetry that nobody reads, for tests. */
export const nullTelemetry: Telemetry = {
  log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  counter: () => ({ add: nothing }),
  histogram: () => ({ observe: nothing }),
  gauge: nothing,
  scrape: () => Promise.resolve(''),
}
