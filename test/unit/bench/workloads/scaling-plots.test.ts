import { describe, expect, it } from 'vitest'
import { row } from '../../../bench/row.ts'
import { dimensions } from '../../../bench/workloads/scaling/dimensions.ts'
import { plotsOf } from '../../../bench/workloads/scaling/plots.ts'
import { scaling } from '../../../bench/workloads/scaling/workload.ts'

const rowsOf = (name: string, throughput: number) => [
  row('scaling', name, 'throughput', 'events/s', throughput, throughput * 3),
  row('scaling', name, 'memory', 'MiB', throughput / 1_000),
]

describe('the plots of scaling', () => {
  it('have each measured point of a dimension, and the limit of the same runs', () => {
    const rows = [...rowsOf('keys-10k', 90_000), ...rowsOf('keys-10m', 50_000), ...rowsOf('records-1k', 1)]
    const [throughput, memory] = plotsOf(rows, dimensions.keys, 1)
    expect(throughput).toMatchObject({
      file: 'keys-throughput.svg',
      plot: {
        y: 'events/s',
        series: [
          {
            points: [
              { x: 10_000, y: 90_000 },
              { x: 10_000_000, y: 50_000 },
            ],
          },
          {
            points: [
              { x: 10_000, y: 270_000 },
              { x: 10_000_000, y: 150_000 },
            ],
            limit: true,
          },
        ],
      },
    })
    expect(memory!.plot.series[0]!.points).toEqual([
      { x: 10_000, y: 90 },
      { x: 10_000_000, y: 50 },
    ])
  })

  it('say how many keys there were at a smaller scale', () => {
    const rows = [...rowsOf('keys-10k', 90_000), ...rowsOf('keys-1m', 50_000)]
    const xs = plotsOf(rows, dimensions.keys, 0.01)[0]!.plot.series[0]!.points.map(({ x }) => x)
    expect(xs).toEqual([100, 10_000])
  })

  it('are none of a dimension that was measured at one point', () => {
    expect(plotsOf(rowsOf('keys-10k', 90_000), dimensions.keys, 1)).toEqual([])
  })

  it('are of cases that the workload has', () => {
    const points = Object.values(dimensions).flatMap((each) => each.points.map((point) => point.case))
    expect(scaling.cases).toEqual(points)
    expect(new Set(points).size).toBe(points.length)
  })
})
