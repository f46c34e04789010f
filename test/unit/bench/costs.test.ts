import { expect, it } from 'vitest'
import { requestsBetween, type RequestCounts } from '../../bench/parts/request-counts.ts'
import { costsOf } from '../../bench/workloads/cost/costs.ts'

const counts = (factor: number, kafka: Record<string, number>): RequestCounts => ({
  store: { reads: 1 * factor, writes: 2 * factor, lists: 3 * factor, deletes: 4 * factor },
  kafka,
  functions: {
    requests: 5 * factor,
    durationMs: 6 * factor,
    requestBytes: 7 * factor,
    answerBytes: 8 * factor,
    incomplete: 9 * factor,
  },
})

it('tells what was asked between two counts, of APIs too that were not asked before', () => {
  const before = counts(1, { Fetch: 10 })
  const after = counts(3, { Fetch: 15, Produce: 2 })
  expect(requestsBetween(before, after)).toEqual(counts(2, { Fetch: 5, Produce: 2 }))
})

const nothing: RequestCounts = counts(0, {})

it('costs five dollars and a half to call and to write once for each of a million events', () => {
  // A call of 10 ms on a whole virtual CPU.
  const functions = { ...nothing.functions, requests: 1e6, durationMs: 10e6 }
  const { s3, lambda } = costsOf({ ...nothing, store: { ...nothing.store, writes: 1e6 }, functions }, 0)
  expect(s3).toBeCloseTo(5, 6)
  expect(lambda).toBeCloseTo(0.2 + 10_000 * 1.769 * 0.0000166667, 6)
})

it('charges lists as writes, reads less and deletes nothing', () => {
  const s3 = (store: Partial<RequestCounts['store']>): number =>
    costsOf({ ...nothing, store: { ...nothing.store, ...store } }, 0).s3
  expect(s3({ lists: 1e6 })).toBeCloseTo(5, 6)
  expect(s3({ reads: 1e6 })).toBeCloseTo(0.4, 6)
  expect(s3({ deletes: 1e6 })).toBe(0)
})

it('charges Workers by request and by CPU time, not by duration', () => {
  const functions = { ...nothing.functions, requests: 1e6, durationMs: 1e9 }
  expect(costsOf({ ...nothing, functions }, 7e6).workers).toBeCloseTo(0.3 + 7 * 0.02, 6)
})
