import type { QuickPart } from '../quick.ts'
import type { Row } from '../row.ts'
import { gate, type Breach } from './gate.ts'
import type { GatedRatio } from './gated-ratio.ts'

export type MeasurePart = (part: QuickPart) => Promise<Row[]>

const againMax = 2

/**
 * Measures all parts and holds them against what is checked in. A case that falls behind is measured again, twice at
 * most: what a busy machine did to it passes, what a change did to it is there each time.
 */
export const gatedRun = async (
  parts: readonly QuickPart[],
  measure: MeasurePart,
  expected: readonly GatedRatio[],
): Promise<{ rows: Row[]; breaches: Breach[] }> => {
  const rows: Row[] = []
  const breaches: Breach[] = []
  for (const part of parts) {
    let measured = await measure(part)
    let behind = gate(measured, expected.filter(isOf(part)))
    for (let again = 0; again < againMax && behind.length > 0; again++) {
      const suspects = behind.map((breach) => breach.expected)
      const cases = part.cases.filter((name) => suspects.some((each) => each.case === name))
      const anew = await measure({ ...part, cases })
      measured = [...measured.filter((row) => !cases.includes(row.case)), ...anew]
      behind = gate(anew, suspects)
    }
    rows.push(...measured)
    breaches.push(...behind)
  }
  const unmeasured = expected.filter((each) => !parts.some((part) => isOf(part)(each)))
  return { rows, breaches: [...breaches, ...gate([], unmeasured)] }
}

/** The rows that later runs are held to. */
export const heldRows = (parts: readonly QuickPart[], rows: readonly Row[]): Row[] =>
  rows.filter((row) => parts.some((part) => isOf(part)(row) && (part.held?.includes(row.metric) ?? true)))

const isOf =
  ({ workload, cases }: QuickPart) =>
  (figure: Pick<Row, 'workload' | 'case'>): boolean =>
    figure.workload === workload && cases.includes(figure.case)
