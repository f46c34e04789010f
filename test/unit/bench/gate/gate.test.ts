import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { breachText, gate } from '../../../bench/gate/gate.ts'
import { parseRatios, ratiosOf, type GatedRatio } from '../../../bench/gate/gated-ratio.ts'
import { row } from '../../../bench/row.ts'

const throughput = (value: number, limit?: number) => row('counter', 'drain', 'throughput', 'events/s', value, limit)
const latency = (value: number, limit?: number) => row('counter', 'steady', 'p99', 'ms', value, limit)
const expected: readonly GatedRatio[] = ratiosOf([throughput(50_000, 100_000), latency(20, 10)])

describe('the gate', () => {
  it('lets a run pass that is as good as what is checked in, or better', () => {
    expect(gate([throughput(50_000, 100_000), latency(20, 10)], expected)).toEqual([])
    expect(gate([throughput(90_000, 100_000), latency(11, 10)], expected)).toEqual([])
  })

  it('fails throughput below 0.8 of its checked-in ratio', () => {
    expect(gate([throughput(40_000, 100_000), latency(20, 10)], expected)).toEqual([])
    const [breach] = gate([throughput(39_000, 100_000), latency(20, 10)], expected)
    expect(breach).toMatchObject({ expected: { metric: 'throughput' }, found: 0.39, share: 0.78 })
  })

  it('fails latency beyond 1/0.8 of its checked-in ratio', () => {
    expect(gate([throughput(50_000, 100_000), latency(25, 10)], expected)).toEqual([])
    expect(gate([throughput(50_000, 100_000), latency(26, 10)], expected)).toMatchObject([{ found: 2.6 }])
  })

  it('takes no notice of absolute figures', () => {
    const machine = fc.double({ min: 0.01, max: 100, noNaN: true })
    fc.assert(
      fc.property(machine, (factor) => {
        const rows = [throughput(50_000 * factor, 100_000 * factor), latency(20 * factor, 10 * factor)]
        expect(gate(rows, expected)).toEqual([])
      }),
    )
  })

  it('fails what was not measured, or has no ratio', () => {
    expect(gate([throughput(50_000, 100_000)], expected)).toMatchObject([{ found: undefined, share: 0 }])
    expect(gate([throughput(50_000, 100_000), latency(20)], expected)).toMatchObject([{ found: undefined }])
    expect(gate([throughput(50_000, 0), latency(0, 0)], expected)).toHaveLength(2)
  })

  it('does not mix up cases and metrics', () => {
    const other = row('counter', 'drain', 'p99', 'ms', 20, 10)
    expect(gate([throughput(50_000, 100_000), other], expected)).toHaveLength(1)
  })

  it('says which figure fell and by how much', () => {
    const [breach] = gate([throughput(25_000, 100_000), latency(20, 10)], expected)
    expect(breachText(breach!)).toBe(
      'counter drain: throughput has a ratio of 0.25 to its raw limit, checked in is 0.5: as good as 0.50 of that, 0.8 is allowed',
    )
    expect(breachText(gate([throughput(50_000, 100_000)], expected)[0]!)).toContain(
      'counter steady: p99 was not measured',
    )
  })
})

describe('checked-in ratios', () => {
  it('are those of all figures with a raw limit, and read back as they were written', () => {
    const ratios = ratiosOf([throughput(50_000, 100_000), latency(20)])
    expect(ratios).toEqual([{ workload: 'counter', case: 'drain', metric: 'throughput', better: 'more', ratio: 0.5 }])
    expect(parseRatios(JSON.stringify(ratios))).toEqual(ratios)
  })

  it('are not made of a figure of which nobody knows what is better, or that has no ratio', () => {
    expect(() => ratiosOf([row('counter', 'drain', 'colour', 'hue', 1, 2)])).toThrow('betterByUnit')
    expect(() => ratiosOf([throughput(1, 0)])).toThrow('is no ratio')
    expect(() => ratiosOf([throughput(NaN, 5)])).toThrow('is no ratio')
  })

  it.each([
    ['{}', 'no list'],
    ['[1]', 'no object'],
    ['[{"workload":"a","case":"b"}]', 'needs workload'],
    ['[{"workload":"a","case":"b","metric":"c","better":"most","ratio":1}]', 'needs better'],
    ['[{"workload":"a","case":"b","metric":"c","better":"more","ratio":"1"}]', 'needs a ratio'],
  ])('refuse %s', (json, why) => expect(() => parseRatios(json)).toThrow(why))
})
