import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMillraceError } from '../../../../runtime/model/errors.ts'
import { anyRecord, read, resum, sample, written } from './batch-samples.ts'

/** Reads all there is; anything but records or a LOG_CORRUPT fails the test. */
const readsOrRefuses = (bytes: Buffer): 'read' | 'refused' => {
  try {
    for (const batch of read(bytes)) batch.records()
    return 'read'
  } catch (error) {
    if (!isMillraceError(error) || error.code !== 'LOG_CORRUPT') throw error
    expect(error.message).toContain('orders/7')
    return 'refused'
  }
}

const records = fc.array(anyRecord, { minLength: 1, maxLength: 8 })

test('a changed byte behind the checksum is noticed', () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (records, at, flip) => {
      const bytes = written(records)
      const place = 17 + (at % (bytes.length - 17))
      bytes[place]! ^= flip
      expect(readsOrRefuses(bytes)).toBe('refused')
    }),
  )
})

test('bytes that lie with a good checksum are records or refused, and nothing worse', () => {
  fc.assert(
    fc.property(
      records,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (records, changes) => {
        const bytes = written(records)
        for (const [at, byte] of changes) bytes[21 + (at % (bytes.length - 21))] = byte
        readsOrRefuses(resum(bytes))
      },
    ),
    { numRuns: 2_000 },
  )
})

test('an answer whose first batch is cut off is refused: the broker never does that', () => {
  const bytes = written([sample('a record that is cut'), sample('another')])
  for (let length = 1; length < bytes.length; length++)
    expect(readsOrRefuses(bytes.subarray(0, length))).toBe('refused')
})

test('a count of records that cannot be is refused before memory is taken for it', () => {
  const bytes = written([sample('one')])
  bytes.writeInt32BE(0x7fffffff, 57)
  expect(() => read(resum(bytes))[0]!.records()).toThrow(/2147483647 records do not fit/)
})

test.each([0, 1, 3])('message format %i is refused with topic, partition and offset', (magic) => {
  const bytes = written([sample('old')])
  bytes.writeBigInt64BE(42n, 0)
  bytes[16] = magic
  const [batch] = read(bytes)
  expect(batch!.baseOffset).toBe(42)
  expect(() => batch!.records()).toThrow(`orders/7 at offset 42: message format ${magic}`)
})

test('an unknown codec is refused by name of those that are read', () => {
  const bytes = written([sample('x')])
  bytes.writeInt16BE(5, 21)
  expect(() => read(resum(bytes))[0]!.records()).toThrow('codec 5 is not one of gzip, snappy, lz4, zstd')
})

test('lengths that point backward are refused', () => {
  const bytes = written([sample('x')])
  bytes.writeInt32BE(-5, 8)
  expect(() => read(bytes)).toThrow('orders/7: a batch of 7 bytes')
})
