import { describe, expect, it } from 'vitest'
import { gatedRun, heldRows } from '../../../bench/gate/gated-run.ts'
import { ratiosOf } from '../../../bench/gate/gated-ratio.ts'
import { readRatios } from '../../../bench/gate/ratios-file.ts'
import { quick, type QuickPart } from '../../../bench/quick.ts'
import { row, type Row } from '../../../bench/row.ts'
import { workloads } from '../../../bench/workloads.ts'

const parts: readonly QuickPart[] = [
  { workload: 'stages', cases: ['decode', 'route'], scale: 0.1 },
  { workload: 'counter', cases: ['drain'], scale: 1 },
]
const figure = (workload: string, name: string, value: number): Row => row(workload, name, 'CPU', 'µs/event', value, 1)
const expected = ratiosOf([figure('stages', 'decode', 2), figure('stages', 'route', 2), figure('counter', 'drain', 2)])

/** Measures what a case has in line, and notes what it was asked for. */
const machine = (figures: Record<string, number[]>) => {
  const asked: QuickPart[] = []
  const measure = async (part: QuickPart): Promise<Row[]> => {
    asked.push(part)
    return part.cases.map((name) => figure(part.workload, name, figures[name]?.shift() ?? NaN))
  }
  return { asked, measure }
}

describe('a gated run', () => {
  it('measures each part once where nothing fell behind', async () => {
    const { asked, measure } = machine({ decode: [2], route: [2], drain: [2] })
    const { rows, breaches } = await gatedRun(parts, measure, expected)
    expect(breaches).toEqual([])
    expect(asked).toEqual(parts)
    expect(rows.map((each) => each.case)).toEqual(['decode', 'route', 'drain'])
  })

  it('measures a case that fell behind again until it does not, and only that', async () => {
    const { asked, measure } = machine({ decode: [2], route: [9, 8, 2], drain: [2] })
    const { rows, breaches } = await gatedRun(parts, measure, expected)
    expect(breaches).toEqual([])
    const again = { workload: 'stages', cases: ['route'], scale: 0.1 }
    expect(asked).toEqual([parts[0], again, again, parts[1]])
    expect(rows.map((each) => each.value)).toEqual([2, 2, 2])
  })

  it('fails a case that falls behind three times', async () => {
    const { measure } = machine({ decode: [2], route: [9, 8, 7, 2], drain: [2] })
    const { breaches } = await gatedRun(parts, measure, expected)
    expect(breaches).toMatchObject([{ expected: { case: 'route' }, found: 7 }])
  })

  it('fails what is checked in and no part measures', async () => {
    const { measure } = machine({ decode: [2], route: [2], drain: [2] })
    const more = [...expected, ...ratiosOf([figure('stages', 'gone', 2), figure('other', 'drain', 2)])]
    const { breaches } = await gatedRun(parts, measure, more)
    expect(breaches.map((each) => `${each.expected.workload} ${each.expected.case}`)).toEqual([
      'stages gone',
      'other drain',
    ])
  })
})

describe('what is checked in', () => {
  it('is all that the parts measure, but for metrics that a part does not hold to', () => {
    const latency = (metric: string): Row => row('counter', 'steady', metric, 'ms', 2, 1)
    const steady = { workload: 'counter', cases: ['steady'], scale: 1, held: ['p50'] }
    const rows = [figure('stages', 'decode', 2), figure('other', 'decode', 2), latency('p50'), latency('p99')]
    expect(heldRows([...parts, steady], rows)).toEqual([rows[0], rows[2]])
  })
})

describe('the quick run', () => {
  it('is of workloads and cases that there are', () => {
    for (const { workload, cases, scale } of quick) {
      expect(scale).toBeGreaterThan(0)
      expect(workloads[workload]?.cases).toEqual(expect.arrayContaining([...cases]))
    }
  })

  it('measures whatever is checked in', async () => {
    const ratios = await readRatios()
    expect(ratios.length).toBeGreaterThan(0)
    for (const { workload, case: name } of ratios)
      expect(quick.some((part) => part.workload === workload && part.cases.includes(name))).toBe(true)
  })
})
