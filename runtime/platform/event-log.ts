import { pino } from 'pino'
import type { EventFields, EventLog } from '../ports/telemetry.ts'
import { eventLine } from './event-line.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface EventLogOptions {
  readonly level: LogLevel
  /** `json`: one object a line, for collectors. `lines`: one readable line, for terminals. */
  readonly format: 'json' | 'lines'
  /** Where lines go; default: standard error, so that a command's own output stays apart. */
  readonly write?: (line: string) => void
}

type Levels = Readonly<Record<LogLevel, number>>
const levels: Levels = { debug: 20, info: 30, warn: 40, error: 50 }

/** A structured log: `time` (ISO 8601), `level`, `event`, `message` and the event's own fields. */
export const eventLog = (options: EventLogOptions): EventLog =>
  options.format === 'json' ? jsonLog(options) : lineLog(options)

const jsonLog = ({ level, write }: EventLogOptions): EventLog => {
  const settings = {
    level,
    messageKey: 'message',
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  // Synchronous: what is logged right before a process ends must not be lost.
  const logger = pino(settings, write ? { write } : pino.destination({ fd: 2, sync: true }))
  const at =
    (chosen: LogLevel) =>
    (event: string, message: string, fields?: EventFields): void =>
      logger[chosen]({ ...fields, event }, message)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

const lineLog = ({ level, write }: EventLogOptions): EventLog => {
  const out = write ?? ((line: string) => void process.stderr.write(line))
  const at =
    (chosen: LogLevel) =>
    (event: string, message: string, fields?: EventFields): void => {
      if (levels[chosen] >= levels[level]) out(eventLine(new Date(), chosen, event, message, fields))
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
