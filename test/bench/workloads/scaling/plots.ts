import { mkdir, writeFile } from 'node:fs/promises'
import { linePlot, type LinePlot } from '../../plots/line-plot.ts'
import type { Row } from '../../row.ts'
import { dimensions, type Dimension, type Point } from './dimensions.ts'

/** What was measured on one axis, as far as it was. Undefined where one point alone makes no line. */
export const plotsOf = (
  rows: readonly Row[],
  { name, title, axis, points, scales = false }: Dimension,
  scale: number,
): { readonly file: string; readonly plot: LinePlot }[] => {
  const pointsOf = (metric: string, y: (row: Row) => number | null) =>
    points.flatMap((point: Point) => {
      const found = rows.find((row) => row.case === point.case && row.metric === metric)
      const value = found ? y(found) : null
      return value === null ? [] : [{ x: scales ? point.x * scale : point.x, y: value }]
    })
  const throughput = pointsOf('throughput', ({ value }) => value)
  const limit = pointsOf('throughput', (row) => row.limit)
  const memory = pointsOf('memory', ({ value }) => value)
  if (throughput.length < 2) return []
  const ours = { name: 'Millrace', points: throughput }
  const bare = { name: 'bare loop', points: limit, limit: true }
  return [
    {
      file: `${name}-throughput.svg`,
      plot: { title: `Throughput by ${title}`, x: axis, y: 'events/s', series: [ours, bare] },
    },
    {
      file: `${name}-memory.svg`,
      plot: {
        title: `Memory by ${title}`,
        x: axis,
        y: 'resident memory of the coordinator, MiB',
        series: [{ name: 'Millrace', points: memory }],
      },
    },
  ]
}

/** Where docs/performance.md finds them, if they are of the full work. */
const folderAt = (scale: number): URL =>
  new URL(scale === 1 ? '../../../../docs/performance/' : '../../../../.local/performance/', import.meta.url)

/** Writes a plot of each dimension that was measured at two points or more. */
export const writePlots = async (rows: readonly Row[], scale: number): Promise<void> => {
  const folder = folderAt(scale)
  await mkdir(folder, { recursive: true })
  for (const dimension of Object.values(dimensions))
    for (const { file, plot } of plotsOf(rows, dimension, scale)) await writeFile(new URL(file, folder), linePlot(plot))
}
