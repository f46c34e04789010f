import { expect, test } from 'vitest'
import { addressOf, formatAddress, isTypename, typenameOf } from '../../../runtime/model/address.ts'
import { assert, isMillraceError, messageOf, MillraceError } from '../../../runtime/model/errors.ts'

test('an address is taken apart and put together', () => {
  const address = addressOf('bank/account', 'a/b')
  expect(address).toEqual({ namespace: 'bank', name: 'account', id: 'a/b' })
  expect(typenameOf(address)).toBe('bank/account')
  expect(formatAddress(address)).toBe('bank/account/a/b')
})

test('a typename is two names of letters, digits, _, . and -', () => {
  for (const good of ['a/b', 'com.example/my-actor_1', '_/0']) expect(isTypename(good)).toBe(true)
  for (const bad of ['', 'a', '/b', 'a/', 'a/b/c', 'a b/c', '.a/b', 'a/-b', 'ä/b', 'a/b\n'])
    expect(isTypename(bad)).toBe(false)
})

test('an error is known by its brand, from another copy of the class too', () => {
  expect(isMillraceError(new MillraceError('INTERNAL', 'x'))).toBe(true)
  expect(isMillraceError({ [Symbol.for('millrace.error')]: true })).toBe(true)
  for (const other of [new Error('x'), null, undefined, 'x', {}]) expect(isMillraceError(other)).toBe(false)
  expect(messageOf('x')).toBe('x')
  expect(() => assert(false, 'this')).toThrow(/bug in Millrace: this/)
})
