import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { murmur2, murmur2OfText } from '../../../runtime/model/hash.ts'
import { murmur3 } from '../../../runtime/model/murmur3.ts'
import { keyGroupOf, defaultMaxParallelism, partitionOf, slotsFor } from '../../../runtime/model/key-group.ts'
import { keyedMessageId, recordMessageId } from '../../../runtime/model/message-id.ts'
import { sentMessageId, sentMessageIdOfRecord } from '../../../runtime/model/sent-message-id.ts'

const require = createRequire(import.meta.url)
const kafkajsMurmur2: (key: Buffer | string) => number = require('kafkajs/src/producer/partitioners/default/murmur2.js')

describe('murmur2', () => {
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])("%s: as in the tests of Kafka's Java client", (text, hash) => expect(murmur2(utf8Encode(text))).toBe(hash))

  test('any bytes: as kafkajs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(murmur2(bytes) & 0x7fffffff).toBe(kafkajsMurmur2(Buffer.from(bytes)) & 0x7fffffff)
      }),
    )
  })
})

/** MurmurHash3_x86_128 as its author wrote it, in numbers without bounds. */
const reference = (text: string): string => {
  const bytes = utf8Encode(text)
  const mask = 0xffffffffn
  const mul = (a: bigint, b: bigint) => (a * b) & mask
  const add = (...all: bigint[]) => all.reduce((a, b) => a + b, 0n) & mask
  const rotl = (x: bigint, r: bigint) => ((x << r) | (x >> (32n - r))) & mask
  const c = [0x239b961bn, 0xab0e9789n, 0x38b34ae5n, 0xa1e38b93n]
  const h = [0n, 0n, 0n, 0n]
  const k = (at: number, from: number, to: number): bigint => {
    let word = 0n
    for (let i = Math.min(to, bytes.length) - 1; i >= at + from; i--) word = (word << 8n) | BigInt(bytes[i]!)
    return word
  }
  const stir = (word: bigint, i: number) => mul(rotl(mul(word, c[i]!), [15n, 16n, 17n, 18n][i]!), c[(i + 1) % 4]!)
  const blocks = Math.floor(bytes.length / 16) * 16
  const finals = [
    [19n, 1, 0x561ccd1bn],
    [17n, 2, 0x0bcaa747n],
    [15n, 3, 0x96cd1c35n],
    [13n, 0, 0x32ac3b17n],
  ] as const
  for (let at = 0; at < blocks; at += 16)
    finals.forEach(([r, next, plus], i) => {
      h[i] = h[i]! ^ stir(k(at, 4 * i, at + 4 * i + 4), i)
      h[i] = add(mul(add(rotl(h[i]!, r), h[next]!), 5n), plus)
    })
  for (let i = 3; i >= 0; i--)
    if (bytes.length - blocks > 4 * i) h[i] = h[i]! ^ stir(k(blocks, 4 * i, blocks + 4 * i + 4), i)
  const mixed = (): void => {
    h[0] = add(h[0]!, h[1]!, h[2]!, h[3]!)
    for (const i of [1, 2, 3]) h[i] = add(h[i]!, h[0]!)
  }
  for (const i of [0, 1, 2, 3]) h[i] = h[i]! ^ BigInt(bytes.length)
  mixed()
  for (const i of [0, 1, 2, 3]) {
    let x = h[i]!
    x = mul(x ^ (x >> 16n), 0x85ebca6bn)
    x = mul(x ^ (x >> 13n), 0xc2b2ae35n)
    h[i] = x ^ (x >> 16n)
  }
  mixed()
  return h.map((word) => word.toString(16).padStart(8, '0')).join('')
}

test('murmur2 of a text is that of its UTF-8', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary-ascii', maxLength: 300 }))
  fc.assert(
    fc.property(text, (each) => {
      expect(murmur2OfText(each)).toBe(murmur2(utf8Encode(each)))
    }),
  )
})

describe('murmur3', () => {
  test.each([
    ['', '00000000000000000000000000000000'],
    ["I will not buy this tobacconist's, it is scratched.", '9b5b7ba2ef3f7866889adeaf00f3f98e'],
    ['I will not buy this record, it is scratched.', 'a0a9683b25ac5e40d9af2895890dddf5'],
  ])('%s: as published', (text, hash) => expect(murmur3(text)).toBe(hash))

  test('any text, and each length up to 40: as the reference', () => {
    for (let n = 0; n <= 40; n++)
      expect(murmur3('abcdefghij'.repeat(4).slice(0, n))).toBe(reference('abcdefghij'.repeat(4).slice(0, n)))
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(murmur3(text)).toBe(reference(text))
      }),
    )
  })
})

describe('rule 3: key groups and slots', () => {
  test('there are 960 key groups, by murmur2 of the id', () => {
    expect(defaultMaxParallelism).toBe(960)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (id) => {
        expect(keyGroupOf(id)).toBe((kafkajsMurmur2(Buffer.from(id)) & 0x7fffffff) % 960)
      }),
    )
  })

  test('an id in a partition of P, P dividing the slots, has a slot that belongs to this partition', () => {
    const divisors = [
      1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 16, 20, 24, 30, 32, 40, 48, 60, 64, 80, 96, 120, 160, 192, 240, 320, 480, 960,
    ]
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...divisors), (id, partitions) => {
        const { count, unaligned } = slotsFor(new Map([['t', partitions]]))
        expect(unaligned).toEqual([])
        expect((keyGroupOf(id) % count) % partitions).toBe(partitionOf(utf8Encode(id), partitions))
      }),
    )
  })

  test.each([
    [[], 24],
    [[1], 24],
    [[4], 24],
    [[5], 30],
    [[16], 32],
    [[16, 6], 48],
    [[24, 40], 120],
    [[64], 64],
    [[100 - 4], 96],
    [[960], 960],
  ])('partition counts %j: %i slots', (counts, slots) => {
    expect(slotsFor(new Map(counts.map((count, i) => [`t${i}`, count])))).toEqual({ count: slots, unaligned: [] })
  })

  test('where no divisor fits there are 48, and the topics that need a second hop are named', () => {
    const topics = new Map([
      ['seven', 7],
      ['twelve', 12],
      ['hundred', 100],
    ])
    expect(slotsFor(topics)).toEqual({ count: 48, unaligned: ['seven', 'hundred'] })
    const none = slotsFor(
      new Map([
        ['a', 64],
        ['b', 27],
      ]),
    )
    expect(none).toEqual({ count: 48, unaligned: ['a', 'b'] })
  })
})

test('ids of messages follow from where they came from, and differ where it differs', () => {
  const ids = [
    recordMessageId('i', 't', 0, 1, 0),
    recordMessageId('i', 't', 0, 1, 1),
    recordMessageId('i', 't', 0, 11, 0),
    String(sentMessageId('a', 0)),
    String(sentMessageId('a', 1)),
    String(sentMessageId('a', -1)),
    String(sentMessageId('a>0', 0)),
    keyedMessageId('a/b', 'c', 'd', 'e'),
    keyedMessageId('a/b', 'c","d', '', 'e'),
  ]
  expect(new Set(ids).size).toBe(ids.length)
})

test('the id of a sent message is a hash of its text, which is stored and can never change', () => {
  const latin1 = fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code))
  const ids = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: latin1 }),
    fc.string({ minLength: 230, maxLength: 260 }),
  )
  const places = fc.oneof(fc.nat({ max: 12 }), fc.maxSafeNat())
  fc.assert(
    fc.property(ids, ids, places, places, places, (one, other, offset, routeIndex, index) => {
      const ofText = sentMessageId(one, index)
      expect(String(ofText)).toBe(reference(`${one}>${index}`))
      expect(String(sentMessageId(ofText, -1))).toBe(reference(`${String(ofText)}>-1`))
      expect(String(sentMessageIdOfRecord(one, other, 3, offset, routeIndex, index))).toBe(
        reference(`${recordMessageId(one, other, 3, offset, routeIndex)}>${index}`),
      )
    }),
  )
})
