import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ByteReader,
  ByteWriter,
  concatBytes,
  equalBytes,
  utf8Decode,
  utf8Encode,
} from '../../../runtime/model/bytes.ts'

const wellFormed = fc.string({ unit: 'binary' }).map((text) => text.replace(/\p{Surrogate}/gu, '?'))

type Field = { [Kind in keyof typeof kinds]: { kind: Kind; value: unknown } }[keyof typeof kinds]
const kinds = {
  u8: fc.integer({ min: 0, max: 255 }),
  u32: fc.integer({ min: 0, max: 0xffffffff }),
  uint: fc.oneof(fc.maxSafeNat(), fc.nat(), fc.constantFrom(0, 127, 128, 2 ** 31, 2 ** 32, 2 ** 53 - 1)),
  int: fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 })),
  f64: fc.double(),
  blob: fc.uint8Array({ maxLength: 300 }),
  maybeBlob: fc.option(fc.uint8Array({ maxLength: 40 })),
  text: fc.oneof(
    wellFormed,
    fc.constantFrom('', '\ufeffmark', 'x'.repeat(127), 'x'.repeat(128), 'ä'.repeat(64), '\u0000'),
  ),
} as const
const field = fc.oneof(
  ...Object.entries(kinds).map(([kind, values]) =>
    fc.record({ kind: fc.constant(kind), value: values as fc.Arbitrary<unknown> }),
  ),
) as fc.Arbitrary<Field>

const write = (out: ByteWriter, fields: readonly Field[]): void => {
  for (const { kind, value } of fields) (out[kind] as (value: unknown) => void).call(out, value)
}
const read = (input: ByteReader, fields: readonly Field[]) => fields.map(({ kind }) => input[kind]())

describe('binary numbers, bytes and text', () => {
  test('whatever is written is read again, from a buffer that grows and a part of a larger one', () => {
    fc.assert(
      fc.property(fc.array(field), fc.integer({ min: 1, max: 32 }), fc.nat({ max: 9 }), (fields, capacity, before) => {
        const out = new ByteWriter(capacity)
        write(out, fields)
        const bytes = new Uint8Array(before + out.length + 3)
        bytes.set(out.written(), before)
        const input = new ByteReader(bytes.subarray(before), 0, out.length)
        expect(read(input, fields)).toEqual(fields.map(({ value }) => value))
        expect(input.done).toBe(true)
      }),
    )
  })

  test('what is cut off anywhere is noticed, and nothing is read beyond the end', () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), fc.nat(), (fields, cut) => {
        const out = new ByteWriter()
        write(out, fields)
        const end = cut % out.length
        expect(() => read(new ByteReader(out.copy(), 0, end), fields)).toThrow(
          expect.objectContaining({ code: 'STORE_CORRUPT' }),
        )
      }),
    )
  })

  test('any bytes are read or refused: no length makes it allocate or loop', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(field), (bytes, fields) => {
        try {
          read(new ByteReader(bytes), fields)
        } catch (error) {
          expect(error instanceof TypeError || (error as { code?: string }).code === 'STORE_CORRUPT').toBe(true)
        }
      }),
    )
    expect(() => new ByteReader(new Uint8Array(20).fill(0xff)).uint()).toThrow(/8 bytes/)
  })

  test('a writer is used again after reset; a copy does not change with it', () => {
    const out = new ByteWriter(4)
    out.text('one and some more')
    const copy = out.copy()
    out.reset().text('two')
    expect(new ByteReader(copy).text()).toBe('one and some more')
    expect(new ByteReader(out.written()).text()).toBe('two')
  })

  test('UTF-8 is exact: a byte order mark stays, what is no UTF-8 is refused', () => {
    expect(utf8Decode(utf8Encode('\ufeffa'))).toBe('\ufeffa')
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]])
      expect(() => utf8Decode(Uint8Array.from(bytes))).toThrow(TypeError)
  })

  test('equalBytes and concatBytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), fc.uint8Array(), (parts, other) => {
        const whole = concatBytes(parts)
        expect([...whole]).toEqual(parts.flatMap((part) => [...part]))
        expect(equalBytes(whole, other)).toBe(Buffer.compare(whole, other) === 0)
        expect(equalBytes(whole, whole.slice())).toBe(true)
      }),
    )
  })
})
