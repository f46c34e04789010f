import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seal, unseal } from '../../../runtime/log/envelope.ts'
import { decodeEntry, encodeSeal, encodeWindow, type Window } from '../../../runtime/log/log-entry.ts'
import { Outbox, readOutbox } from '../../../runtime/log/outbox.ts'
import { noHeaders } from '../../../runtime/model/record.ts'

const bytes = fc.uint8Array({ maxLength: 50 })
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const window: fc.Arbitrary<Window> = fc.record({
  kind: fc.constant('window' as const),
  log: text,
  number: fc.nat(),
  nonce: text,
  clockMs: fc.maxSafeNat(),
  hint: fc.record({ number: fc.nat(), offset: fc.maxSafeNat() }),
  journal: bytes,
  outbox: bytes,
})
const outRecord = fc.record({
  topic: fc.constantFrom('a', 'b', 'ü'),
  record: fc.record({
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.oneof(fc.constant(noHeaders), fc.array(fc.tuple(text, fc.option(bytes)), { maxLength: 3 })),
    timestampMs: fc.option(fc.nat(), { nil: undefined }),
  }),
})
const corrupt = expect.objectContaining({ code: 'STORE_CORRUPT', message: expect.stringContaining('the-key') })

describe('what is stored', () => {
  test('windows and seals are read as they were written', () => {
    fc.assert(
      fc.property(window, (written) => {
        expect(decodeEntry(encodeWindow(written), 'k', written.log, written.number)).toEqual(written)
        const { log, number, nonce: by } = written
        const sealed = { kind: 'seal' as const, log, number, by }
        expect(decodeEntry(encodeSeal(sealed), 'k', log, number)).toEqual(sealed)
      }),
    )
  })

  test('a flipped bit anywhere is noticed, and the object named', () => {
    fc.assert(
      fc.property(window, fc.nat(), (written, at) => {
        for (const encoded of [encodeWindow(written), encodeSeal({ ...written, kind: 'seal', by: 'x' })]) {
          encoded[(at >> 3) % encoded.length]! ^= 1 << (at & 7)
          expect(() => decodeEntry(encoded, 'the-key', written.log, written.number)).toThrow(corrupt)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('so is what is cut off, or longer', () => {
    fc.assert(
      fc.property(window, fc.nat(), (written, cut) => {
        const encoded = encodeWindow(written)
        const { log, number } = written
        expect(() => decodeEntry(encoded.slice(0, cut % encoded.length), 'the-key', log, number)).toThrow(corrupt)
        expect(() => decodeEntry(Uint8Array.of(...encoded, 0), 'the-key', log, number)).toThrow(corrupt)
      }),
    )
  })

  test('an entry under the name of another is refused', () => {
    const seal7 = encodeSeal({ kind: 'seal', log: 'a', number: 7, by: 'b' })
    expect(() => decodeEntry(seal7, 'the-key', 'a', 8)).toThrow(corrupt)
    expect(() => decodeEntry(seal7, 'the-key', 'b', 7)).toThrow(corrupt)
  })

  test('another version, another kind and other files are told apart', () => {
    const object = seal('checkpoint', 0, (out) => out.text('x'))
    expect(() =>
      decodeEntry(
        seal('checkpoint', 9, (out) => (out.text('a'), out.uint(1))),
        'the-key',
        'a',
        1,
      ),
    ).toThrow(/checkpoint/)
    expect(unseal(object, 'k').kind).toBe('checkpoint')
    const newer = object.slice()
    newer[4] = 2
    expect(() => unseal(newer, 'the-key')).toThrow(/the-key has format version 2/)
    expect(() => unseal(new TextEncoder().encode('<html>not found</html>'), 'the-key')).toThrow(/the-key is no object/)
  })
})

describe('an outbox', () => {
  test('is read as it was filled, again after it was taken', () => {
    const outbox = new Outbox()
    fc.assert(
      fc.property(fc.array(outRecord), (records) => {
        for (const { topic, record } of records) outbox.add(topic, record)
        const taken = outbox.take()
        expect(taken.count).toBe(records.length)
        expect([...readOutbox(taken.encoded)]).toEqual(records)
        expect(outbox.bytes).toBe(0)
      }),
    )
  })

  test('that is cut off or names a topic that it does not have is refused', () => {
    expect(() => [...readOutbox(Uint8Array.of(3, 0, 0, 0, 0))]).toThrow(
      expect.objectContaining({ code: 'STORE_CORRUPT' }),
    )
    fc.assert(
      fc.property(fc.array(outRecord, { minLength: 1, maxLength: 1 }), fc.nat(), (records, cut) => {
        const outbox = new Outbox()
        for (const { topic, record } of records) outbox.add(topic, record)
        const { encoded } = outbox.take()
        const end = 1 + (cut % (encoded.length - 1))
        expect(() => [...readOutbox(encoded.slice(0, end))]).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }))
      }),
    )
  })
})
