import { type as ark } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { z } from 'zod'
import {
  actor,
  bigint,
  boolean,
  bytes,
  double,
  float,
  int,
  json,
  nothing,
  outcome,
  string,
  type,
  type Type,
} from 'millrace'
import { encodedText } from '../../../runtime/sdk/encoded-bytes.ts'
import { typeOf } from '../../../runtime/sdk/schema-type.ts'

const hex = (encoded: Uint8Array) => Buffer.from(encoded).toString('hex')

it.each<[string, Type<unknown>, unknown, string]>([
  ['bool', boolean, true, '0801'],
  ['bool', boolean, false, ''],
  ['int', int, 1, '0d01000000'],
  ['int', int, 0, ''],
  ['int', int, -2, '0dfeffffff'],
  ['long', bigint, 1n, '090100000000000000'],
  ['float', float, 1, '0d0000803f'],
  ['double', double, 1, '09000000000000f03f'],
  ['string', string, 'hi', '0a026869'],
  ['string', string, '', ''],
])('writes StateFun’s io.statefun.types/%s', (name, codec, value, expected) => {
  expect(codec.typename).toBe(`io.statefun.types/${name}`)
  expect(hex(codec.encode(value))).toBe(expected)
})

const roundTrip = <T>(name: string, codec: Type<T>, values: fc.Arbitrary<T>) =>
  it(`reads back every ${name}`, () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(codec.decode(codec.encode(value))).toEqual(value)
      }),
    )
  })
roundTrip('int', int, fc.integer())
roundTrip('bigint', bigint, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
roundTrip('float', float, fc.float())
roundTrip('double', double, fc.double())
roundTrip('boolean', boolean, fc.boolean())
roundTrip('bytes', bytes, fc.uint8Array())
roundTrip(
  'string',
  string,
  fc.string({ unit: 'binary', maxLength: 300 }).filter((s) => !/\p{Surrogate}/u.test(s)),
)
roundTrip(
  'outcome',
  outcome(int),
  fc.oneof(
    fc.record({ ok: fc.constant(true as const), value: fc.integer() }),
    fc.record({ ok: fc.constant(false as const), error: fc.record({ code: fc.string(), message: fc.string() }) }),
  ),
)

it.each<[string, Type<unknown>, unknown]>([
  ['an int of 33 bits', int, 2 ** 31],
  ['an int with a fraction', int, 0.5],
  ['an int that is no number', int, '1'],
  ['a bigint of 65 bits', bigint, 2n ** 63n],
  ['a number as bigint', bigint, 1],
  ['a text as boolean', boolean, 'true'],
  ['a number as string', string, 1],
  ['a text as bytes', bytes, 'x'],
  ['something for nothing', nothing, 1],
])('refuses to write %s', (_, codec, value) => {
  expect(() => codec.encode(value)).toThrow(TypeError)
})

it.each<[string, Type<unknown>, string]>([
  ['a short int', int, '0d01'],
  ['an int under another key', int, '0901000000'],
  ['a boolean of 2', boolean, '0802'],
  ['a string longer than its bytes', string, '0a0568'],
  ['a string with more behind', string, '0a016868'],
  ['a string that is not UTF-8', string, '0a01ff'],
  ['bytes for nothing', nothing, '00'],
])('refuses to read %s', (_, codec, digits) => {
  expect(() => codec.decode(Buffer.from(digits, 'hex'))).toThrow()
})

it('keeps negative zero and not-a-number', () => {
  expect(double.decode(double.encode(-0))).toBe(-0)
  expect(double.decode(double.encode(NaN))).toBeNaN()
})

const text = fc.string({ unit: 'grapheme', maxLength: 1500 })

it('leaves what it wrote alone, whatever it writes next', () => {
  const written = fc.oneof(
    fc.tuple(fc.constant(string as Type<unknown>), text),
    fc.tuple(fc.constant(json<unknown>('a/b')), text),
    fc.tuple(fc.constant(bytes as Type<unknown>), fc.uint8Array({ maxLength: 1500 })),
    fc.tuple(fc.constant(double as Type<unknown>), fc.double()),
  )
  fc.assert(
    fc.property(fc.array(written, { minLength: 1, maxLength: 40, size: 'max' }), (values) => {
      const encoded = values.map(([codec, value]) => codec.encode(value))
      expect(encoded.map((one, i) => values[i]![0].decode(one))).toEqual(values.map(([, value]) => value))
    }),
  )
})

it('encodes text of every length and kind as UTF-8', () => {
  for (const character of ['a', 'ü', '€', '𝄞', '\u{d800}'])
    for (const length of [0, 1, 31, 32, 63, 64, 65, 341, 342, 1023, 1024, 1025, 4096, 5000])
      for (const value of [character.repeat(length), `${'a'.repeat(length)}${character}`])
        expect(hex(encodedText(value))).toBe(Buffer.from(value).toString('hex'))
})

it('copies bytes, so that what a handler does to them changes nothing else', () => {
  const given = Uint8Array.of(1)
  const read = bytes.decode(given)
  read[0] = 2
  expect(given[0]).toBe(1)
})

it.each([
  ['zod', z.object({ n: z.number() })],
  ['valibot', v.object({ n: v.number() })],
  ['arktype', ark({ n: 'number' })],
])('takes schemas of %s, as JSON under the name of what they are for', (_, schema) => {
  const made = typeOf(schema, 'a/b.c')
  expect(made.typename).toBe('a/b.c')
  expect(Buffer.from(made.encode({ n: 1 })).toString()).toBe('{"n":1}')
  expect(made.decode(made.encode({ n: 1 }))).toEqual({ n: 1 })
  expect(() => made.decode(Buffer.from('{"n":"x"}'))).toThrow(/n/)
  expect(() => made.decode(Buffer.from('{'))).toThrow()
})

it('refuses a schema that validates asynchronously', () => {
  const made = typeOf(
    z.number().refine(async () => true),
    'a/b.c',
  )
  expect(() => made.decode(made.encode(1))).toThrow('asynchronously')
})

it('refuses what JSON cannot hold', () => {
  expect(() => json<unknown>('a/b').encode(() => 1)).toThrow('cannot be written as JSON')
  expect(() => json<unknown>('a/b').encode(1n)).toThrow()
})

it('speaks the type of another', () => {
  const greet = type<string>('my.app/Greet', {
    encode: (t) => Buffer.from(t),
    decode: (b) => Buffer.from(b).toString(),
  })
  expect(actor('a/b', { state: {}, messages: { greet } }).contract.messages.get('greet')?.type.typename).toBe(
    'my.app/Greet',
  )
  expect(() => type('Greet', { encode: () => new Uint8Array(0), decode: () => 1 })).toThrow('namespace/name')
})
