import { expect, test } from 'vitest'
import { machineTimeIn, stolenShare } from '../../bench/parts/machine-time.ts'

const stat = (steal: number, idle: number): string =>
  `cpu  100 5 50 ${idle} 10 1 4 ${steal} 30 2\ncpu0 50 2 25 10 5 0 2 1 15 1\nintr 12\n`

test('what the host took is counted among all that the cores had, guests of this machine not twice', () => {
  expect(machineTimeIn(stat(30, 800))).toEqual({ total: 1_000, stolen: 30 })
  expect(stolenShare(machineTimeIn(stat(30, 800)), machineTimeIn(stat(130, 1_000)))).toBeCloseTo(100 / 300)
})

test('where the system tells nothing, nothing is known to be taken', () => {
  expect(stolenShare(machineTimeIn(''), machineTimeIn('cpu 1 2\n'))).toBe(0)
})
