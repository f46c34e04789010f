import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { idsAtPath, parseJsonPath, readJsonPath } from '../../../runtime/config/json-path.ts'
import { isMillraceError } from '../../../runtime/model/errors.ts'

const read = (path: string, value: unknown, max = 100) => readJsonPath(parseJsonPath(path), value, max)
const ids = (path: string, value: unknown) => idsAtPath(parseJsonPath(path), value, 100)

const error = (action: () => unknown): string => {
  try {
    action()
  } catch (thrown) {
    if (isMillraceError(thrown)) return `${thrown.code}: ${thrown.message}`
    throw thrown
  }
  return 'nothing was thrown'
}

describe('a JSON path', () => {
  const order = {
    user: { id: 'ann' },
    lines: [{ sku: 'a', 'unit price': 3 }, { sku: 'b' }, { sku: 'a' }],
    'it\'s "x"': 1,
  }

  test('leads to members and items', () => {
    expect(read('$', 7)).toEqual([7])
    expect(read('$.user.id', order)).toEqual(['ann'])
    expect(read('$[\'user\']["id"]', order)).toEqual(['ann'])
    expect(read("$.lines[0]['unit price']", order)).toEqual([3])
    expect(read("$['it\\'s \"x\"']", order)).toEqual([1])
    expect(read('$.größe.$a-b_1', { größe: { '$a-b_1': true } })).toEqual([true])
  })

  test('leads to many values with [*], in their order', () => {
    expect(read('$.lines[*].sku', order)).toEqual(['a', 'b', 'a'])
    expect(read('$[*][*]', [[1, 2], [], [3]])).toEqual([1, 2, 3])
    expect(read('$[*]', [])).toEqual([])
  })

  test('knows whether it leads to many', () => {
    expect([parseJsonPath('$.a[0]').many, parseJsonPath('$.a[*].b').many]).toEqual([false, true])
  })

  test.each([
    ['user.id', 'character 1: it begins with $'],
    ['$user', 'character 2: "user" is no step'],
    ['$.a..b', 'character 4: "..b" is no step'],
    ['$.a[-1]', 'character 4: "[-1]" is no step'],
    ['$.a[?(@.b)]', 'is no step'],
    ['$.1a', 'character 2: ".1a" is no step'],
    ["$['a", 'is no step'],
    ['$.a ', 'character 4: " " is no step'],
    [`$${'.a'.repeat(65)}`, 'more than 64 steps'],
  ])('%s is refused with the character', (path, why) => {
    const message = error(() => parseJsonPath(path))
    expect(message).toContain('SETTING_INVALID')
    expect(message).toContain(why)
    expect(message).toContain("allowed is $ followed by .name, ['any name'], [0] or [*]")
  })

  test.each([
    ['$.user.name', '$["user"]["name"] is not there'],
    ['$.user.id.x', '$["user"]["id"] is no object'],
    ['$.lines.sku', '$["lines"] is no object'],
    ['$.user[0]', '$["user"] is no array'],
    ['$.lines[3]', '$["lines"][3] is not there'],
    ['$.user[*]', '$["user"] is no array'],
    ["$.lines[*]['unit price']", '$["lines"][1]["unit price"] is not there'],
    ['$.user.constructor', '$["user"]["constructor"] is not there'],
    ['$.user.__proto__', '$["user"]["__proto__"] is not there'],
    ['$.lines.length', '$["lines"] is no object'],
  ])('%s leads nowhere and says where it stopped', (path, where) => {
    expect(error(() => read(path, order))).toBe(`ROUTE_INVALID: the path ${path} leads nowhere: ${where}`)
  })

  test('leads to a bounded number of values', () => {
    expect(read('$[*]', [1, 2], 2)).toEqual([1, 2])
    expect(error(() => read('$[*]', [1, 2, 3], 2))).toBe(
      'ROUTE_INVALID: the path $[*] leads nowhere: $[2] is one of more than 2 values',
    )
  })

  test('gives each id once, from text, whole numbers and booleans', () => {
    expect(ids('$.lines[*].sku', order)).toEqual(['a', 'b'])
    expect(ids('$[*]', ['', 7, true, 12n, -1])).toEqual(['', '7', 'true', '12', '-1'])
  })

  test.each([
    [null, 'of type null'],
    [{}, 'of type object'],
    [[], 'an array'],
    [1.5, '1.5'],
    [2 ** 60, '1152921504606847000'],
  ])('refuses %j as an id', (value, what) => {
    expect(error(() => ids('$.id', { id: value }))).toBe(
      `ROUTE_INVALID: the value at $.id is ${what}; an id is text, a whole number, true or false`,
    )
  })

  test('finds any member or item wherever it lies', () => {
    const step = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.nat({ max: 5 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.jsonValue(), fc.boolean(), (steps, leaf, single) => {
        const document = steps.reduceRight<unknown>(
          (inner, at) =>
            typeof at === 'number'
              ? [...Array.from({ length: at }, () => null), inner]
              : Object.fromEntries([[at, inner]]),
          leaf,
        )
        const quote = single ? "'" : '"'
        const escape = (name: string) => name.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)
        const path = steps
          .map((at) => (typeof at === 'number' ? `[${at}]` : `[${quote}${escape(at)}${quote}]`))
          .join('')
        expect(read(`$${path}`, document)).toEqual([leaf])
      }),
    )
  })

  test('is read or refused, whatever the text, and never anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'$.[]*\'"\\ab0 ') }), fc.jsonValue(), (path, value) => {
        const outcome = error(() => read(`$${path}`, value))
        expect(outcome).toMatch(/^(nothing|SETTING_INVALID|ROUTE_INVALID)/)
      }),
    )
  })
})
