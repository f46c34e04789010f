import type { EventFields } from '../ports/telemetry.ts'

const needsQuotes = /[\s"=]/
// Whatever could move a terminal's cursor or end the line, from payloads of others: shown as an escape.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/**
 * An event as one line for a terminal.
 * @example 12:30:01.250 WARN  the endpoint does not answer [endpoint-down] url=http://127.0.0.1:8787 tries=3
 */
export const eventLine = (
  time: Date,
  level: string,
  event: string,
  message: string,
  fields: EventFields = {},
): string => {
  const shown = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quoted(String(value))}`],
  )
  const clock = time.toISOString().slice(11, 23)
  return `${[`${clock} ${level.toUpperCase().padEnd(5)} ${escaped(message)}`, `[${event}]`, ...shown].join(' ')}\n`
}

const quoted = (value: string): string =>
  value === '' || needsQuotes.test(value) ? JSON.stringify(value) : escaped(value)

const escaped = (text: string): string =>
  text.replace(unprintable, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
