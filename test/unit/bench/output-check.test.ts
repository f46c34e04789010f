import { describe, expect, it } from 'vitest'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { noHeaders, type LogRecord } from '../../../runtime/model/record.ts'
import { eventOf } from '../../bench/parts/event.ts'
import { OutputCheck, peerKeys } from '../../bench/peers/output-check.ts'

const recordOf = (key: string, count: number, recordKey = key): LogRecord => ({
  offset: 0,
  timestampMs: 0,
  headers: noHeaders,
  key: utf8Encode(recordKey),
  value: utf8Encode(JSON.stringify({ key, count })),
})

/** The key of event `n`, as the producers of the bench choose it. */
const keyOf = (n: number): string => eventOf(n, { keys: peerKeys })!.key

describe('what comes out of a peer', () => {
  it('tells which event a record is for, by its key and its count alone', () => {
    const check = new OutputCheck(3 * peerKeys)
    expect(check.take(recordOf(keyOf(7), 1))).toBe(7)
    expect(check.take(recordOf(keyOf(7), 3))).toBe(7 + 2 * peerKeys)
    expect(keyOf(7 + 2 * peerKeys)).toBe(keyOf(7))
    expect(check.missing).toBe(3 * peerKeys - 2)
  })

  it('has all when each event has come out, in any order', () => {
    const check = new OutputCheck(5)
    for (const n of [3, 0, 4, 1, 2]) check.take(recordOf(keyOf(n), 1))
    expect([check.missing, check.repeated]).toEqual([0, 0])
  })

  it('counts a record that comes out again, and takes it for no other event', () => {
    const check = new OutputCheck(2)
    check.take(recordOf(keyOf(0), 1))
    expect(check.take(recordOf(keyOf(0), 1))).toBeUndefined()
    expect([check.missing, check.repeated]).toEqual([1, 1])
  })

  it.each([
    ['a count beyond the events of its key', recordOf(keyOf(0), 2)],
    ['a count of nothing', recordOf(keyOf(0), 0)],
    ['a key that no event has', recordOf('key-none', 1)],
    ['a record under another key', recordOf(keyOf(0), 1, keyOf(1))],
  ])('refuses %s', (_, record) => {
    expect(() => new OutputCheck(5).take(record)).toThrow('came out for')
  })
})
