import { aimOf, type Aim } from './aims.ts'

/** One figure of a run: `limit` is the raw figure of the same run, `ratio` is value / limit. */
export interface Row {
  readonly workload: string
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly value: number
  readonly limit: number | null
  readonly ratio: number | null
  readonly aim: Aim | null
}

export const row = (
  workload: string,
  name: string,
  metric: string,
  unit: string,
  value: number,
  limit?: number,
): Row => ({
  workload,
  case: name,
  metric,
  unit,
  value: rounded(value),
  limit: limit === undefined ? null : rounded(limit),
  ratio: limit === undefined ? null : rounded(value / limit),
  aim: aimOf(workload, name, metric),
})

const rounded = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))

/** Whether a row's aim is met; undefined where it has none. */
export const isMet = ({ aim, value, ratio }: Row): boolean | undefined => {
  if (!aim) return undefined
  const measured = aim.of === 'value' ? value : (ratio ?? NaN)
  return aim.comparison === '≥' ? measured >= aim.number : measured <= aim.number
}

/** For people. */
export const tableOf = (rows: readonly Row[]): string => {
  const cells = rows.map((each) => [
    each.workload,
    each.case,
    each.metric,
    each.value.toLocaleString('en', { maximumFractionDigits: 8 }),
    each.unit,
    each.limit?.toLocaleString('en') ?? '',
    each.ratio?.toFixed(2) ?? '',
    aimText(each),
  ])
  const lines = [['workload', 'case', 'metric', 'value', 'unit', 'raw limit', 'ratio', 'aim'], ...cells]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const numbers = new Set([3, 5, 6])
  const aligned = (cell: string, column: number): string =>
    numbers.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
  return lines.map((line) => line.map(aligned).join('  ').trimEnd()).join('\n')
}

const aimText = (row: Row): string => {
  const { aim } = row
  if (!aim) return ''
  const number = `${aim.comparison} ${aim.number.toLocaleString('en')}${aim.of === 'ratio' ? ' × limit' : ''}`
  return `${number} ${isMet(row) ? 'met' : 'missed'}`
}

/** The value below which `share` of all lie. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
