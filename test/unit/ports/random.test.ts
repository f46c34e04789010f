import { expect, test } from 'vitest'
import { systemRandom } from '../../../runtime/platform/system-random.ts'
import { RandomIds, randomId, type Random } from '../../../runtime/ports/random.ts'

test('an id is all of its 16 bytes in hexadecimal', () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i * 17)
  expect(randomId({ next: () => 0, bytes: () => bytes })).toBe('00112233445566778899aabbccddeeff')
})

test('ids that are drawn together are as long as any and never the same', () => {
  const ids = new RandomIds(systemRandom)
  const drawn = Array.from({ length: 2_000 }, () => ids.next())
  expect(new Set(drawn).size).toBe(drawn.length)
  for (const id of drawn) expect(id).toMatch(/^[0-9a-f]{32}$/)
})

test('many ids are drawn at once, and each byte serves one of them', () => {
  let draws = 0
  const counting: Random = {
    next: () => 0,
    bytes: (length) => {
      draws++
      const bytes = new Uint8Array(length)
      new DataView(bytes.buffer).setUint32(0, draws)
      for (let i = 16; i < length; i++) bytes[i] = Math.floor(i / 16)
      return bytes
    },
  }
  const ids = new RandomIds(counting)
  const drawn = Array.from({ length: 512 }, () => ids.next())
  expect(draws).toBe(2)
  expect(drawn[0]).toBe('00000001'.padEnd(32, '0'))
  expect(drawn[1]).toBe('01'.repeat(16))
  expect(drawn[255]).toBe('ff'.repeat(16))
  expect(drawn[256]).toBe('00000002'.padEnd(32, '0'))
})
