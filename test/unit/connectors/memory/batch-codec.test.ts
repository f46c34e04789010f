import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBatch, encodeBatch } from '../../../../runtime/connectors/memory/batch-codec.ts'
import { isMillraceError } from '../../../../runtime/model/errors.ts'

const maybeBytes = fc.option(fc.uint8Array({ maxLength: 40 }))
const records = fc.array(
  fc.record({
    key: maybeBytes,
    value: maybeBytes,
    headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 10 }), maybeBytes), { maxLength: 3 }),
    timestampMs: fc.integer({ min: 0, max: 2 ** 43 }),
  }),
  { minLength: 1, maxLength: 20 },
)
const plain = (bytes: Uint8Array | null) => bytes && [...bytes]

test('every batch is read back as it was written', () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 0, max: 2 ** 50 }), (written, base) => {
      const { count, maxTimestampMs, payload } = encodeBatch(written)
      const read = decodeBatch(payload, base, 't/0')
      expect(count).toBe(written.length)
      expect(maxTimestampMs).toBe(Math.max(...written.map((one) => one.timestampMs)))
      expect(
        read.map((one) => ({
          ...one,
          key: plain(one.key),
          value: plain(one.value),
          headers: one.headers.map(([name, value]) => [name, plain(value)]),
        })),
      ).toEqual(
        written.map((one, i) => ({
          offset: base + i,
          timestampMs: one.timestampMs,
          key: plain(one.key),
          value: plain(one.value),
          headers: one.headers.map(([name, value]) => [name, plain(value)]),
        })),
      )
    }),
  )
})

test('a changed or missing byte anywhere is LOG_CORRUPT', () => {
  const { payload } = encodeBatch([
    { key: Uint8Array.of(1, 2), value: Uint8Array.of(3), headers: [['h', null]], timestampMs: 5 },
  ])
  for (let at = 0; at < payload.length; at++) {
    const broken = payload.slice()
    broken[at]! ^= 0x10
    for (const bytes of [broken, payload.slice(0, at)]) {
      let code: string | undefined
      try {
        decodeBatch(bytes, 0, 'orders/3')
      } catch (error) {
        if (isMillraceError(error)) code = error.code
        expect(String(error)).toContain('orders/3')
      }
      expect(code).toBe('LOG_CORRUPT')
    }
  }
})
