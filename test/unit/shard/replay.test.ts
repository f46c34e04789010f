import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Journal } from '../../../runtime/shard/journal.ts'
import { replay } from '../../../runtime/shard/replay.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { close, liveShard, performAll } from './live-shard.ts'
import { command, counted, survives } from './model.ts'

const windowsOfCommands = fc.array(fc.array(command, { maxLength: 12 }), { minLength: 1, maxLength: 8 })

const recovered = (...journals: readonly Uint8Array[]): Shard => {
  const shard = new Shard()
  for (const journal of journals) replay(journal, shard)
  return shard
}
describe('what the journals of windows make', () => {
  test('replayed, they make the state that lived, whatever was done', () => {
    fc.assert(
      fc.property(windowsOfCommands, (windows) => {
        const live = liveShard()
        const journals = windows.map((commands) => {
          performAll(live, commands)
          return close(live)
        })
        expect(survives(recovered(...journals))).toEqual(survives(live))
        expect(survives(live)).toMatchObject(counted(live))
      }),
      { numRuns: 500 },
    )
  })

  test('a recovered shard goes on as the one before: what it journals fits behind', () => {
    fc.assert(
      fc.property(windowsOfCommands, windowsOfCommands, (before, after) => {
        const live = liveShard()
        const journals = before.map((commands) => {
          performAll(live, commands)
          return close(live)
        })
        const heir = recovered(...journals)
        heir.journal = new Journal()
        for (const commands of after) {
          performAll(heir, commands)
          journals.push(close(heir))
        }
        expect(survives(recovered(...journals))).toEqual(survives(heir))
      }),
      { numRuns: 200 },
    )
  })
})

describe('a journal that is none', () => {
  test('is refused: it never makes a shard fail in an unknown way', () => {
    fc.assert(
      fc.property(windowsOfCommands, fc.nat(), fc.integer({ min: 1, max: 255 }), (windows, at, flip) => {
        const live = liveShard()
        for (const commands of windows) performAll(live, commands)
        const journal = close(live)
        journal[at % journal.length]! ^= flip
        try {
          recovered(journal)
        } catch (error) {
          const known =
            error instanceof TypeError ||
            /^(STORE_CORRUPT|INTERNAL|ENDPOINT_PROTOCOL)$/.test((error as { code: string }).code)
          expect(known, String(error)).toBe(true)
        }
      }),
    )
  })

  test.each([
    [[99], 'entry kind 99'],
    [[3, 0, 0], 'function 0'],
    [[1, 5, 1, 97], 'functions out of order'],
    [[7, 9], 'lane entry 9'],
    [[10, 9], 'timer 9'],
    [[17, 1, 97, 1, 0], 'not kept'],
    [[1, 0], 'cut off'],
  ])('%j: %s', (bytes, what) => expect(() => recovered(Uint8Array.from(bytes))).toThrow(what))

  test('an undeliverable record of before headers were kept is read', () => {
    const [record] = recovered(Uint8Array.of(16, 1, 97, 3, 1, 1, 116, 1, 114, 0, 0)).undelivered.values()
    expect(record).toEqual({
      place: { log: 'a', window: 3, index: 1 },
      topic: 't',
      reason: 'r',
      key: null,
      value: null,
      headers: [],
      timestampMs: undefined,
    })
  })

  test('a forged count makes no large array', () => {
    const journal = new Journal()
    const live = liveShard()
    void live
    expect(() => recovered(Uint8Array.of(1, 0, 1, 97, 3, 0, 1, 98, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f))).toThrow(
      /count/,
    )
    expect(journal.length).toBe(0)
  })
})
