import { readFileSync } from 'node:fs'
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decompress, unpackedBytesMax } from '../../../../runtime/connectors/kafka/decompress.ts'
import { unpackLz4 } from '../../../../runtime/connectors/kafka/lz4.ts'
import { unpackSnappy } from '../../../../runtime/connectors/kafka/snappy.ts'
import { isMillraceError } from '../../../../runtime/model/errors.ts'
import { read } from './batch-samples.ts'
import { expand, lz4Frame, snappyBlock, steps, xerial } from './packed-samples.ts'
import { storedBatches } from './stored-batches.ts'

const bound = 1 << 20

test.each(Object.entries(storedBatches))('a batch that Kafka stored as %s is read', (_, base64) => {
  const records = read(Buffer.from(base64, 'base64'))[0]!.records()
  expect(
    records.map(({ offset, timestampMs, key, value }) => [
      offset,
      timestampMs,
      String(key && Buffer.from(key)),
      value?.length,
    ]),
  ).toEqual([0, 1, 2, 3, 4, 5].map((i) => [i, 1_700_000_000_000 + i, `key-${i}`, 72]))
})

test('whatever was packed by literals and copies comes back', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const whole = expand(steps)
      expect(Buffer.from(unpackSnappy(snappyBlock(steps), bound))).toEqual(whole)
      expect(Buffer.from(unpackSnappy(xerial([snappyBlock(steps), snappyBlock(steps)]), bound))).toEqual(
        Buffer.concat([whole, whole]),
      )
      expect(Buffer.from(unpackLz4(lz4Frame(steps), bound))).toEqual(whole)
      expect(Buffer.from(unpackLz4(Buffer.concat([lz4Frame(steps), lz4Frame(steps)]), bound))).toEqual(
        Buffer.concat([whole, whole]),
      )
    }),
  )
})

describe.each([
  ['gzip', 1],
  ['snappy', 2],
  ['lz4', 3],
  ['zstd', 4],
])('hostile %s', (name, codec) => {
  const whole = Buffer.from('some text that repeats, that repeats, that repeats')
  const plain = [{ literal: whole }]
  const good = {
    gzip: gzipSync(whole),
    snappy: snappyBlock(plain),
    lz4: lz4Frame(plain),
    zstd: zstdCompressSync(whole),
  }

  test('changed bytes are unpacked or refused, and nothing worse', () => {
    const packed = Object.entries(good).find(([key]) => key === name)![1]
    expect(Buffer.from(decompress(codec, packed))).toEqual(whole)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { maxLength: 3 }),
        fc.nat(packed.length),
        (changes, cut) => {
          const bytes = Buffer.from(packed)
          for (const [at, byte] of changes) bytes[at] = byte
          try {
            decompress(codec, bytes.subarray(0, cut))
          } catch (error) {
            if (!isMillraceError(error) || error.code !== 'LOG_CORRUPT') throw error
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

test('a few bytes that claim gigabytes are refused', () => {
  const zeros = Buffer.alloc(unpackedBytesMax + 1)
  expect(() => decompress(1, gzipSync(zeros))).toThrow('gzip')
  expect(() => decompress(4, zstdCompressSync(zeros))).toThrow('zstd')
  expect(() => decompress(2, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]))).toThrow(/snappy: 4294967295 bytes/)
  expect(() => unpackSnappy(Buffer.from([0xff, 0xff, 0x3f, 0, 0]), bound)).toThrow(/cannot come from 5/)
  const long = { literal: Buffer.from('ab'), distance: 1, length: 1 << 16 }
  expect(() => unpackLz4(lz4Frame([long, { literal: Buffer.from('end') }]), 1_000)).toThrow('more than 1000 bytes')
})

test('a copy from before the beginning is refused', () => {
  const early = [{ literal: Buffer.from('ab'), distance: 3, length: 8 }, { literal: Buffer.from('end.') }]
  expect(() => unpackSnappy(snappyBlock(early), bound)).toThrow('before the beginning')
  expect(() => unpackLz4(lz4Frame(early), bound)).toThrow('before the beginning')
})

test('on a Node without zstd only a batch that is packed with it is refused, naming the Node to take', () => {
  const old = { gunzipSync }
  expect(Buffer.from(decompress(1, gzipSync('text'), old)).toString()).toBe('text')
  expect(() => decompress(4, zstdCompressSync('text'), old)).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_PLATFORM', message: expect.stringContaining('Node 22.15') }),
  )
})

test('nothing of zstd is imported by its name: a Node without it could not even tell its version', () => {
  const source = readFileSync(new URL('../../../../runtime/connectors/kafka/decompress.ts', import.meta.url), 'utf8')
  expect(source).not.toMatch(/import \{[^}]*zstd/)
})
