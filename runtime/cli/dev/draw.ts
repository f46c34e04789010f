import { stripVTControlCharacters, styleText } from 'node:util'
import type { Seen, SeenPart } from './view-source.ts'

/** What to draw on. */
export interface Canvas {
  readonly columns: number
  readonly rows: number
  /** False where NO_COLOR is set. */
  readonly styled: boolean
}

type Style = Parameters<typeof styleText>[0]

const number = (value: number | null | undefined, digits = 0): string =>
  value == null ? '–' : value.toLocaleString('en-US', { maximumFractionDigits: digits })

/** The view as lines that fit on the canvas. */
export const drawView = (application: string, url: string, seen: Seen, canvas: Canvas): string[] => {
  const style = (how: Style, text: string): string => (canvas.styled ? styleText(how, text) : text)
  const { status, feeds } = seen
  const lag = status.now.lag ?? 0
  const failing = status.endpoints.filter(({ state }) => state !== 'healthy')
  const figures = [
    `${style('bold', number(status.perSecond.records))} records/s`,
    `${style('bold', number(status.perSecond.messages))} messages/s`,
    `lag ${style(lag > 10_000 ? 'yellow' : 'bold', number(lag))}`,
    `${number(status.now.addresses)} actors`,
    `commit p50 ${number(status.latency.commit.p50Ms, 1)} ms, p99 ${number(status.latency.commit.p99Ms, 1)} ms`,
  ]
  const fed = feeds.map(
    ({ topic, position, finished }) => `${topic}: ${number(position)} records fed${finished ? ', all there are' : ''}`,
  )
  const lines = [
    '',
    ` ${style('bold', application)}   ${style('cyan', url)}   ${style('dim', fed.join('   '))}`,
    ` ${figures.join(style('dim', '  ·  '))}`,
    ...failing.map(({ endpoint, lastError }) => style('red', ` ${endpoint}: ${lastError ?? 'does not answer yet'}`)),
    ...seen.parts.flatMap((part) => ['', ...drawPart(part, style)]),
    '',
    style('dim', ' Ctrl-C stops; the next start goes on where this one ended.'),
  ]
  return lines.slice(0, Math.max(1, canvas.rows - 1)).map((line) => cut(line, canvas.columns - 1))
}

const drawPart = (part: SeenPart, style: (how: Style, text: string) => string): string[] => {
  if (part.kind === 'records') {
    const lines = part.lines.length === 0 ? [style('dim', 'none yet')] : part.lines.toReversed()
    return [` ${style('bold', part.title)}`, ...lines.map((line) => `   ${line}`)]
  }
  const table = [part.head, ...part.rows]
  const widths = part.head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  // Numbers stand under each other; the first column is a name.
  const drawn = table.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('   '),
  )
  const rows = drawn.map((line, i) => (i === 0 ? style('dim', line) : line))
  return [` ${style('bold', part.title)}`, ...rows.map((line) => `   ${line}`)]
}

/** A line that would wrap makes the next drawing begin at the wrong place. */
const cut = (line: string, columns: number): string => {
  const plain = stripVTControlCharacters(line)
  return plain.length <= columns ? line : `${plain.slice(0, Math.max(0, columns - 1))}…`
}

/** The same in one line, for logs. */
export const sayView = ({ status, feeds }: Seen): string => {
  const fed = feeds.map(({ topic, position, finished }) => `${topic} fed ${position}${finished ? ' (all)' : ''}`)
  const { perSecond, now } = status
  return [
    `${number(perSecond.records)} records/s`,
    `lag ${number(now.lag)}`,
    `${number(now.addresses)} actors`,
    ...fed,
  ].join(', ')
}
