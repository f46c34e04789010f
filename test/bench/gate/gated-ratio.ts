import type { Row } from '../row.ts'

/** A checked-in ratio of a figure to the raw limit of the same run. */
export interface GatedRatio {
  readonly workload: string
  readonly case: string
  readonly metric: string
  readonly better: 'more' | 'less'
  readonly ratio: number
}

const betterByUnit: Readonly<Record<string, GatedRatio['better']>> = {
  'events/s': 'more',
  'calls/s': 'more',
  ms: 'less',
  s: 'less',
  'µs/event': 'less',
  'bytes/event': 'less',
  MiB: 'less',
}

/** What a run holds later runs to: all its figures that have a raw limit. Throws for one that cannot be held to. */
export const ratiosOf = (rows: readonly Row[]): GatedRatio[] =>
  rows
    .filter(({ limit }) => limit !== null)
    .map(({ workload, case: name, metric, unit, ratio }) => {
      const better = betterByUnit[unit]
      const what = `${workload} ${name} ${metric}`
      if (!better)
        throw new Error(`${what}: whether more or fewer ${unit} are better is not known; say so in betterByUnit`)
      if (ratio === null || !(ratio > 0 && ratio < Infinity))
        throw new Error(`${what}: ${ratio} is no ratio to hold to`)
      return { workload, case: name, metric, better, ratio }
    })

/** Reads the checked-in file. Throws for what is no list of ratios. */
export const parseRatios = (json: string): GatedRatio[] => {
  const list: unknown = JSON.parse(json)
  if (!Array.isArray(list)) throw new Error('the checked-in ratios are no list')
  return list.map(parseRatio)
}

const parseRatio = (given: unknown, place: number): GatedRatio => {
  const refuse = (what: string): never => {
    throw new Error(`checked-in ratio ${place}: ${what}`)
  }
  if (typeof given !== 'object' || given === null) return refuse('is no object')
  const { workload, case: name, metric, better, ratio } = given as Record<string, unknown>
  if (typeof workload !== 'string' || typeof name !== 'string' || typeof metric !== 'string')
    return refuse('needs workload, case and metric')
  if (better !== 'more' && better !== 'less') return refuse("needs better: 'more' or 'less'")
  if (typeof ratio !== 'number' || !(ratio > 0)) return refuse('needs a ratio above 0')
  return { workload, case: name, metric, better, ratio }
}
