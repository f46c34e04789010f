import type { Row } from '../row.ts'
import type { GatedRatio } from './gated-ratio.ts'

/** A figure that fell behind what is checked in, or is not there. */
export interface Breach {
  readonly expected: GatedRatio
  /** Undefined: the run has no such ratio. */
  readonly found: number | undefined
  /** How good it is, as a share of what is checked in. */
  readonly share: number
}

/** A figure may be so much worse than what is checked in: runs differ by some percent of themselves. */
export const shareMin = 0.8

/**
 * What has become worse. Only ratios count, since absolute times are the machine's. A figure that is checked in and was not
 * measured is a breach too; one that is measured and not checked in is none.
 */
export const gate = (rows: readonly Row[], expected: readonly GatedRatio[]): Breach[] =>
  expected
    .map((each) => {
      const found = ratioIn(rows, each)
      const share = found === undefined ? 0 : each.better === 'more' ? found / each.ratio : each.ratio / found
      return { expected: each, found, share }
    })
    .filter(({ share }) => share < shareMin)

const ratioIn = (rows: readonly Row[], { workload, case: name, metric }: GatedRatio): number | undefined => {
  const row = rows.find((each) => each.workload === workload && each.case === name && each.metric === metric)
  return row?.ratio != null && row.ratio > 0 && row.ratio < Infinity ? row.ratio : undefined
}

/** For people: one line a breach. */
export const breachText = ({ expected, found, share }: Breach): string => {
  const { workload, case: name, metric, ratio } = expected
  const what = `${workload} ${name}: ${metric}`
  if (found === undefined) return `${what} was not measured; checked in is a ratio of ${ratio} to its raw limit`
  return `${what} has a ratio of ${found} to its raw limit, checked in is ${ratio}: as good as ${share.toFixed(2)} of that, ${shareMin} is allowed`
}
