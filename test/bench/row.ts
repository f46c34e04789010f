/** One figure of a run: `limit` is the raw figure of the same run, `ratio` is value / limit. */
export interface Row {
  readonly workload: string
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly value: number
  readonly limit: number | null
  readonly ratio: number | null
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
})

const rounded = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))

/** For people. */
export const tableOf = (rows: readonly Row[]): string => {
  const cells = rows.map((each) => [
    each.workload,
    each.case,
    each.metric,
    each.value.toLocaleString('en'),
    each.unit,
    each.limit?.toLocaleString('en') ?? '',
    each.ratio?.toFixed(2) ?? '',
  ])
  const lines = [['workload', 'case', 'metric', 'value', 'unit', 'raw limit', 'ratio'], ...cells]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const numbers = new Set([3, 5, 6])
  const aligned = (cell: string, column: number): string =>
    numbers.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
  return lines.map((line) => line.map(aligned).join('  ').trimEnd()).join('\n')
}

/** The value below which `share` of all lie. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
