import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeMetadata } from '../../../../runtime/connectors/kafka/cluster-metadata.ts'
import { decodeFetch } from '../../../../runtime/connectors/kafka/fetch-codec.ts'
import { RequestWriter } from '../../../../runtime/connectors/kafka/request-writer.ts'
import { ResponseReader } from '../../../../runtime/connectors/kafka/response-reader.ts'
import {
  decodeAddPartitions,
  decodeProduce,
  encodeProduce,
} from '../../../../runtime/connectors/kafka/transaction-codec.ts'
import { isMillraceError } from '../../../../runtime/model/errors.ts'

test('numbers and texts come back, whatever the buffer began with', () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.integer(),
      fc.string({ unit: 'binary' }),
      fc.nat(8),
      (long, int, text, capacity) => {
        const bytes = new RequestWriter(capacity).i64(long).i32(int).text(text).text(null).finish()
        const reader = new ResponseReader(bytes)
        expect([reader.long(), reader.i32(), reader.text(), reader.maybeText()]).toEqual([long, int, text, null])
      },
    ),
  )
})

test('negative 64-bit numbers are read as they are', () => {
  const bytes = new RequestWriter().i64(-1).i64(-2n).finish()
  const reader = new ResponseReader(bytes)
  expect([reader.long(), reader.i64()]).toEqual([-1, -2n])
})

test('a produce request carries the batches between its own fields', () => {
  const batch = (topic: string, partition: number, text: string) => ({
    topic,
    partition,
    bytes: Buffer.from(text),
    records: 1,
  })
  const chunks = encodeProduce('id', 5, [batch('a', 0, 'one'), batch('b', 3, 'two'), batch('a', 1, 'three')])
  const reader = new ResponseReader(Buffer.concat(chunks))
  expect([reader.text(), reader.i16(), reader.i32()]).toEqual(['id', -1, 5])
  const topics = reader.array(() => [reader.text(), reader.array(() => [reader.i32(), reader.blob().toString()])])
  expect(topics).toEqual([
    [
      'a',
      [
        [0, 'one'],
        [1, 'three'],
      ],
    ],
    ['b', [[3, 'two']]],
  ])
})

test.each([
  ['metadata', decodeMetadata],
  ['fetch', decodeFetch],
  ['produce', decodeProduce],
  ['add partitions', decodeAddPartitions],
])('an answer of %s made of any bytes is read or refused', (_, decode) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      // Zeros make counts and lengths that go on for a while.
      const answer = new ResponseReader(Buffer.concat([Buffer.alloc(6), bytes]))
      try {
        decode(answer)
      } catch (error) {
        if (!isMillraceError(error) || error.code !== 'LOG_CORRUPT') throw error
      }
    }),
  )
})
