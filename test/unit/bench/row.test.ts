import { expect, it } from 'vitest'
import { isMet, quantile, row, tableOf } from '../../bench/row.ts'

it('gives the value below which a share of all lie, whatever their order', () => {
  const values = [5, 1, 4, 2, 3]
  expect([0, 0.5, 0.8, 1].map((share) => quantile(values, share))).toEqual([1, 3, 5, 5])
  expect(values).toEqual([5, 1, 4, 2, 3])
  expect(quantile([], 0.5)).toBeNaN()
})

it('rounds figures and relates them to the raw limit', () => {
  const { value, limit, ratio } = row('chain', 'drain', 'throughput', 'events/s', 12_345.6, 50_000)
  expect({ value, limit, ratio }).toEqual({ value: 12_346, limit: 50_000, ratio: 0.247 })
  expect(row('chain', 'drain', 'throughput', 'events/s', 1.23456).ratio).toBeNull()
})

it('judges an aim by the value or by the ratio, in its direction', () => {
  const judged = (workload: string, name: string, metric: string, value: number, limit?: number) =>
    isMet(row(workload, name, metric, '', value, limit))
  expect(judged('chain', 'drain', 'throughput', 50_000)).toBe(true)
  expect(judged('chain', 'drain', 'throughput', 49_000)).toBe(false)
  expect(judged('keyed-counter', 'latency-1k', 'p50', 8)).toBe(true)
  expect(judged('keyed-counter', 'latency-1k', 'p50', 9)).toBe(false)
  expect(judged('slow-handlers', 'throughput', 'throughput of others', 95, 100)).toBe(true)
  expect(judged('slow-handlers', 'throughput', 'throughput of others', 80, 100)).toBe(false)
  expect(judged('slow-handlers', 'throughput', 'throughput of others', 80)).toBe(false)
  expect(judged('large-state', 'drain', 'throughput', 1)).toBeUndefined()
})

it('prints a row for each figure, and whether its aim is met', () => {
  const rows = [
    row('chain', 'drain', 'throughput', 'events/s', 60_000, 240_000),
    row('slow-handlers', 'latency', 'p99 of others', 'ms', 40, 20),
    row('cost', 'window-5ms', 'Lambda and S3, an idle hour', '$', 0.00036),
  ]
  expect(tableOf(rows).split('\n')).toEqual([
    'workload       case        metric                         value  unit      raw limit  ratio  aim',
    'chain          drain       throughput                    60,000  events/s    240,000   0.25  ≥ 50,000 met',
    'slow-handlers  latency     p99 of others                     40  ms               20   2.00  ≤ 1.5 × limit missed',
    'cost           window-5ms  Lambda and S3, an idle hour  0.00036  $',
  ])
})
