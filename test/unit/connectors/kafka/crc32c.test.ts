import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from '../../../../runtime/connectors/kafka/crc32c.ts'

/** Bit by bit, as the polynomial is written. */
const reference = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

test('the check value of CRC-32C and the zeros of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
  expect(crc32c(new Uint8Array(0))).toBe(0)
})

test('any part of any bytes has the checksum that the polynomial gives', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(40), fc.nat(40), (bytes, start, length) => {
      const end = Math.min(bytes.length, start + length)
      expect(crc32c(bytes, start, Math.max(start, end))).toBe(reference(bytes.subarray(start, end)))
    }),
  )
})
