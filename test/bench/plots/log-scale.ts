/** Positions on a logarithmic axis, and where its marks are. */
export interface LogScale {
  /** From 0 at the axis's beginning to 1 at its end. */
  at(value: number): number
  readonly ticks: readonly number[]
}

/** Steps within a decade, and the most decades that an axis may span for them to be told apart. */
const steps = [
  { within: [1, 2, 5], decadesMax: 2 },
  { within: [1, 3], decadesMax: 3 },
  { within: [1], decadesMax: Infinity },
]

/** An axis that holds all values, from one mark to another. Throws for what no such axis can hold. */
export const logScale = (values: readonly number[]): LogScale => {
  check(values)
  const least = Math.min(...values)
  const most = Math.max(...values)
  const { within } = steps.find(({ decadesMax }) => Math.log10(most / least) <= decadesMax)!
  const marks: number[] = []
  for (let decade = Math.floor(Math.log10(least)) - 1; decade <= Math.ceil(Math.log10(most)) + 1; decade++)
    for (const step of within) marks.push(Number(`${step}e${decade}`))
  let first = marks.findLastIndex((mark) => mark <= least)
  let last = marks.findIndex((mark) => mark >= most)
  // What hardly differs shall not look as if it did: an axis spans a decade at least.
  for (let down = true; marks[last]! / marks[first]! < 10; down = !down) {
    if (down) first--
    else last++
  }
  return scaleOf(marks.slice(first, last + 1))
}

/** An axis with marks at these values, which are few, and at no others. Throws for what no such axis can hold. */
export const scaleOf = (ticks: readonly number[]): LogScale => {
  check(ticks)
  const sorted = [...new Set(ticks)].sort((a, b) => a - b)
  const from = Math.log10(sorted[0]!)
  const span = Math.log10(sorted[sorted.length - 1]!) - from
  return { ticks: sorted, at: (value) => (span === 0 ? 0.5 : (Math.log10(value) - from) / span) }
}

const check = (values: readonly number[]): void => {
  const wrong = values.find((value) => !(value > 0 && value < Infinity))
  if (wrong !== undefined) throw new Error(`${wrong} cannot be drawn on a logarithmic axis`)
  if (values.length === 0) throw new Error('there is nothing to draw')
}
