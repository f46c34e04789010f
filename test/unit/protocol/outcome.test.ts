import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isMillraceError } from '../../../runtime/model/errors.ts'
import { decodeOutcome, encodeOutcome, type EncodedOutcome } from '../../../runtime/protocol/outcome.ts'

it.each<EncodedOutcome>([
  { ok: true, value: undefined },
  { ok: true, value: Uint8Array.of() },
  { ok: true, value: new Uint8Array(300).fill(7) },
  { ok: false, error: { code: '', message: '' } },
  { ok: false, error: { code: 'X', message: 'no \u{20000} money' } },
])('reads back %j', (outcome) => {
  expect(decodeOutcome(encodeOutcome(outcome))).toEqual(outcome)
})

it('refuses what is no outcome', () => {
  expect(() => decodeOutcome(Uint8Array.of())).toThrow('neither a value nor an error')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      try {
        expect(typeof decodeOutcome(bytes).ok).toBe('boolean')
      } catch (error) {
        expect(isMillraceError(error)).toBe(true)
      }
    }),
  )
})
