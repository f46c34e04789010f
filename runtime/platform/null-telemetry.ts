import type { EventLog, Telemetry } from '../ports/telemetry.ts'

const quiet = (): void => {}

/** An event log that writes nothing. */
export const nullLog: EventLog = { debug: quiet, info: quiet, warn: quiet, error: quiet }

/** Telemetry that keeps nothing, for tests. */
export const nullTelemetry: Telemetry = {
  log: nullLog,
  counter: () => ({ add: quiet }),
  histogram: () => ({ observe: quiet }),
  gauge: quiet,
  scrape: async () => '',
}
