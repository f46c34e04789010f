import { expect, test } from 'vitest'
import { OwnWindows } from '../../../runtime/coordinator/own-windows.ts'
import { Outbox } from '../../../runtime/log/outbox.ts'
import type { PublishableWindow } from '../../../runtime/log/producer-session.ts'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { noHeaders } from '../../../runtime/model/record.ts'

const windowOf = (number: number, ...values: string[]) => {
  const outbox = new Outbox()
  for (const value of values)
    outbox.add('out', { key: null, value: utf8Encode(value), headers: noHeaders, timestampMs: undefined })
  return { number, clockMs: 0, outbox: values.length > 0 ? outbox.take().encoded : new Uint8Array(0) }
}

const valuesOf = (window: PublishableWindow | undefined): string[] | undefined =>
  window && [...window.records].map(({ record }) => utf8Decode(record.value!))

test('a window whose commit is under way is expected, with its records, until it is there', () => {
  const windows = new OwnWindows()
  let told = 0
  windows.whenExpected = () => told++
  expect(windows.expected(0)).toBeUndefined()
  windows.announced(windowOf(1, 'a', 'b'))
  expect(told).toBe(1)
  expect(valuesOf(windows.expected(0))).toEqual(['a', 'b'])
  windows.committed(windowOf(1, 'a', 'b'))
  expect(windows.expected(0)).toBeUndefined()
})

test('none is expected while another waits to be published, one that is published already does not count', () => {
  const windows = new OwnWindows()
  windows.committed(windowOf(1, 'a'))
  windows.announced(windowOf(2, 'b'))
  expect(windows.expected(0)).toBeUndefined()
  expect(valuesOf(windows.expected(1))).toEqual(['b'])
})

test('a window without records is nothing to prepare for', () => {
  const windows = new OwnWindows()
  windows.whenExpected = () => expect.unreachable()
  windows.announced(windowOf(1))
  expect(windows.expected(0)).toBeUndefined()
})
