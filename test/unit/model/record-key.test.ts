import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { idOfKey, keyOfId } from '../../../runtime/model/record-key.ts'

const key = fc.oneof(
  fc.uint8Array(),
  fc.string({ unit: 'grapheme' }).map(utf8Encode),
  fc.uint8Array().map((bytes) => utf8Encode(`bytes:${Buffer.from(bytes).toString('hex')}`)),
  fc.string().map((text) => utf8Encode(`bytes:${text}`)),
  fc.uint8Array().map((bytes) => Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes)),
)

test('each key has an id of its own, from which the key comes back', () => {
  fc.assert(
    fc.property(key, (bytes) => {
      expect([...keyOfId(idOfKey(bytes))]).toEqual([...bytes])
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  ['', ''],
  ['bob', 'bob'],
  ['bytes', 'bytes'],
  ['bytes:', 'bytes:62797465733a'],
])('the key %j has the id %j', (text, id) => expect(idOfKey(utf8Encode(text))).toBe(id))

test('what is no UTF-8 is written in hexadecimal digits', () => {
  expect(idOfKey(Uint8Array.of(0xff, 0x00))).toBe('bytes:ff00')
})
