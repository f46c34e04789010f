import type { Row } from '../row.ts'

/**
 * Of several runs that measured the same figures, each figure as the run has it whose ratio is in the middle. A ratio to
 * something very small differs much from one run to the next.
 */
export const medianRows = (runs: readonly (readonly Row[])[]): Row[] => {
  const [first = []] = runs
  return first.map(({ workload, case: name, metric }) => {
    const isIt = (row: Row): boolean => row.workload === workload && row.case === name && row.metric === metric
    const measured = runs.flatMap((rows) => rows.find(isIt) ?? []).sort((a, b) => (a.ratio ?? 0) - (b.ratio ?? 0))
    return measured[Math.floor(measured.length / 2)]!
  })
}
