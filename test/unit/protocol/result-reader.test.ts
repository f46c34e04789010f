import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isMillraceError } from '../../../runtime/model/errors.ts'
import { noEffects, type CallResult } from '../../../runtime/model/invocation.ts'
import { decodeResult, encodeResult } from '../../../runtime/protocol/batch-result.ts'
import { ResultFrames } from '../../../runtime/protocol/result-frames.ts'
import { ResultReader } from '../../../runtime/protocol/result-reader.ts'
import { callResult } from './arbitraries.ts'

const wellFormed = (results: readonly CallResult[]) => !/\p{Surrogate}/u.test(JSON.stringify(results))
const plain: CallResult = { ...noEffects, call: 7 }

const framesOf = (results: readonly CallResult[]) => {
  const frames = new ResultFrames()
  for (const result of results) frames.append(result)
  return frames.take()
}

const read = (pieces: readonly Uint8Array[], resultBytesMax?: number) => {
  const results: CallResult[] = []
  const reader = new ResultReader(resultBytesMax)
  for (const piece of pieces) reader.push(piece, (result) => results.push(result))
  reader.finish()
  return results
}

it('reads back every answer, however it is cut into pieces', () => {
  fc.assert(
    fc.property(fc.array(callResult, { maxLength: 5 }), fc.array(fc.nat(400)), (results, lengths) => {
      fc.pre(wellFormed(results))
      const bytes = framesOf(results)
      const pieces: Uint8Array[] = []
      let at = 0
      for (const length of lengths) pieces.push(bytes.subarray(at, (at += length)))
      pieces.push(bytes.subarray(at))
      expect(read(pieces)).toEqual(results)
    }),
  )
})

it('reads an answer that comes byte by byte', () => {
  const results = [
    plain,
    { ...plain, call: 8, failed: { index: 0, code: 'X', terminal: true, message: 'm'.repeat(300) } },
  ]
  expect(read(Array.from(framesOf(results), (byte) => Uint8Array.of(byte)))).toEqual(results)
})

it('hands over what was whole before the answer was cut', () => {
  const bytes = framesOf([plain, plain])
  const results: CallResult[] = []
  const reader = new ResultReader()
  reader.push(bytes.subarray(0, bytes.length - 1), (result) => results.push(result))
  expect(results).toEqual([plain])
  expect(() => reader.finish()).toThrow('ends within a result')
})

it('reads hostile bytes or refuses them as a protocol error', () => {
  fc.assert(
    fc.property(fc.array(callResult), fc.array(fc.tuple(fc.nat(), fc.nat(255))), (results, changes) => {
      const bytes = framesOf(results)
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte
      try {
        for (const result of read([bytes])) {
          expect(result.call).toBeLessThanOrEqual(0xffffffff)
          for (const { from } of [...result.sends, ...result.emits, ...result.replies])
            expect(from).toBeLessThanOrEqual(0xffffffff)
        }
      } catch (error) {
        if (!isMillraceError(error)) throw error
        expect(error.code).toBe('ENDPOINT_PROTOCOL')
      }
    }),
  )
})

it('refuses a result beyond the bound before it has come', () => {
  expect(() => new ResultReader(100).push(Uint8Array.of(101), () => {})).toThrow('resultBytesMax')
  expect(() => new ResultReader().push(new Uint8Array(6).fill(0xff), () => {})).toThrow('more than 5 bytes')
})

it('lets an error of the one who listens through as it is', () => {
  const own = new TypeError('mine')
  expect(() =>
    new ResultReader().push(framesOf([plain]), () => {
      throw own
    }),
  ).toThrow(own)
})

it('copies payloads, which may be kept for long, out of pieces that are Buffers too', () => {
  const payload = Uint8Array.of(1, 2, 3)
  const send = { kind: 'send', from: 0, typename: 'a/b', id: 'c', message: 'd', payload } as const
  const effect = { ...send, delayMs: undefined, token: undefined, replyTo: undefined }
  const bytes = Buffer.from(framesOf([{ ...plain, sends: [effect], replies: [{ from: 0, payload }] }]))
  const [result] = read([bytes])
  bytes.fill(0xee)
  expect(result?.sends).toEqual([effect])
  expect(result?.replies).toEqual([{ from: 0, payload }])
})

it('leaves results of a frame that came in two pieces as they are when the next such frame comes', () => {
  const resultOf = (byte: number) => ({
    ...plain,
    mutations: [{ op: 'set', state: 0, value: Uint8Array.of(byte, byte, byte) } as const],
  })
  const bytes = framesOf([resultOf(1), resultOf(2)])
  const half = bytes.length / 2
  const cuts = [
    bytes.subarray(0, half - 2),
    bytes.subarray(half - 2, bytes.length - 2),
    bytes.subarray(bytes.length - 2),
  ]
  expect(read(cuts)).toEqual([resultOf(1), resultOf(2)])
})

const hex = (digits: string) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16))

it.each([
  ['a mutation without an operation', '12020801', 'no operation'],
  ['a send without a type', '1a032a016d', 'names no actor type'],
  ['a reply target without a message', '1a0c1a0178' + '2a016d' + '4a030a0178'.padEnd(12, '0'), ''],
  ['an emit without an egress', '2200', 'names no egress'],
  ['a call beyond 32 bits', '088080808010', 'uint32'],
  ['a message longer than its result', '1205', 'cut off'],
])('refuses %s', (_, digits, reason) => {
  expect(() => decodeResult(hex(digits))).toThrow(reason)
})

it('takes the state of a mutation from behind its operation', () => {
  expect(decodeResult(hex('1204' + '18010803')).mutations).toEqual([{ op: 'clear', state: 3 }])
})

it('keeps answers apart that are written at the same time', () => {
  const [one, other] = [new ResultFrames(), new ResultFrames()]
  const pieces: [Uint8Array[], Uint8Array[]] = [[], []]
  one.append(plain)
  other.append({ ...plain, call: 8 })
  pieces[0].push(one.take())
  expect(one.length).toBe(0)
  pieces[0].push(one.take())
  one.append({ ...plain, call: 9 })
  other.append({ ...plain, call: 10 })
  pieces[1].push(other.take())
  pieces[0].push(one.take())
  expect(pieces.map((all) => read(all).map(({ call }) => call))).toEqual([
    [7, 9],
    [8, 10],
  ])
})

it.each([0, 110, 127, 128, 16_383, 16_384, 40_000, 2_097_151, 2_097_152])('writes lengths around %i', (length) => {
  const result = { ...plain, replies: [{ from: 0, payload: new Uint8Array(length).fill(1) }] }
  expect(read([framesOf([result, plain])])).toEqual([result, plain])
})

it('encodes one result without a length', () => {
  expect(decodeResult(encodeResult(plain))).toEqual(plain)
})
