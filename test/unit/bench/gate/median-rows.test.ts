import { expect, test } from 'vitest'
import { medianRows } from '../../../bench/gate/median-rows.ts'
import { row } from '../../../bench/row.ts'

test('of three runs each figure is that of the run with its middle ratio', () => {
  const run = (drain: number, p50: number) => [
    row('counter', 'drain', 'throughput', 'events/s', drain, 100),
    row('counter', 'latency', 'p50', 'ms', p50, 10),
    row('counter', 'latency', 'memory', 'MiB', 5),
  ]
  const rows = medianRows([run(50, 30), run(10, 20), run(20, 90)])
  expect(rows.map(({ metric, value }) => [metric, value])).toEqual([
    ['throughput', 20],
    ['p50', 30],
    ['memory', 5],
  ])
})
