import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bigint, boolean, double, float, int, string } from 'millrace'
import { isBuiltIn, valueFromJson, valueToJson } from '../../../runtime/protocol/value-json.ts'

const throughText = (json: unknown): unknown => JSON.parse(JSON.stringify(json))
const encode = (typename: string, json: unknown): Uint8Array => valueFromJson(typename, throughText(json), 'x')

test('whole numbers, texts and flags have the bytes that the SDK gives them, both ways', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      (n, text, flag) => {
        for (const [type, value] of [
          [int, n],
          [string, text],
          [boolean, flag],
        ] as const) {
          const bytes = type.encode(value as never)
          expect(encode(type.typename, value)).toEqual(bytes)
          expect(valueToJson(type.typename, bytes)).toBe(value)
        }
      },
    ),
  )
})

test('64-bit numbers are numbers as long as JSON can say them, else texts; both are read', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
      const json = valueToJson(bigint.typename, bigint.encode(n))
      expect(typeof json).toBe(n >= -(2n ** 53n) + 1n && n <= 2n ** 53n - 1n ? 'number' : 'string')
      expect(encode(bigint.typename, json)).toEqual(bigint.encode(n))
      expect(encode(bigint.typename, String(n))).toEqual(bigint.encode(n))
    }),
  )
})

test('doubles and floats survive, with what JSON has no number for as a text', () => {
  fc.assert(
    fc.property(fc.double(), fc.float(), (d, f) => {
      fc.pre(!Object.is(d, -0) && !Object.is(f, -0))
      expect(encode(double.typename, valueToJson(double.typename, double.encode(d)))).toEqual(double.encode(d))
      expect(encode(float.typename, valueToJson(float.typename, float.encode(f)))).toEqual(float.encode(f))
    }),
  )
  expect(valueToJson(double.typename, double.encode(-Infinity))).toBe('-Infinity')
})

test.each([
  ['int', 2 ** 31],
  ['int', 1.5],
  ['int', '1'],
  ['int', null],
  ['long', 2 ** 60],
  ['long', '9223372036854775808'],
  ['long', '1e3'],
  ['double', 'one'],
  ['bool', 1],
  ['string', 5],
])('%s refuses %s, naming what was to be written', (name, json) => {
  expect(() => encode(`io.statefun.types/${name}`, json)).toThrow(/^x: .* is not /)
})

test('bytes that are no value of the type, or no JSON, are never shown as one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 16 }), (bytes) => {
      for (const type of [int, bigint, boolean, float, double, string]) {
        const json = valueToJson(type.typename, bytes)
        let decoded: unknown
        try {
          decoded = type.decode(bytes as never)
        } catch {
          decoded = undefined
        }
        expect(json === undefined).toBe(decoded === undefined)
      }
    }),
  )
  expect(valueToJson('my.app/Thing', Uint8Array.of(0xff))).toBeUndefined()
  expect(valueToJson('my.app/Thing', new TextEncoder().encode('{"a":1}'))).toEqual({ a: 1 })
  expect(isBuiltIn('my.app/Thing')).toBe(false)
})
