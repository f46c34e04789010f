import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isMillraceError } from '../../../runtime/model/errors.ts'
import { decodeBatchRequest } from '../../../runtime/protocol/batch-request.ts'
import { encodeBatchRequest } from '../../../runtime/protocol/batch-request-writer.ts'
import { batchRequest } from './arbitraries.ts'

// What protobuf leaves open about text (lone surrogates become U+FFFD) is no part of the round trip.
const wellFormed = (text: string) => !/\p{Surrogate}/u.test(text)

it('reads back every request that it wrote', () => {
  fc.assert(
    fc.property(batchRequest, (request) => {
      fc.pre(wellFormed(JSON.stringify(request)))
      expect(decodeBatchRequest(encodeBatchRequest(request))).toEqual(request)
    }),
  )
})

it('reads hostile bytes or refuses them as a protocol error', () => {
  fc.assert(
    fc.property(batchRequest, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1 }), (request, changes) => {
      const bytes = encodeBatchRequest(request)
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      try {
        const read = decodeBatchRequest(bytes)
        for (const call of read.calls) expect(read.functions[call.function]).toBeDefined()
      } catch (error) {
        if (!isMillraceError(error)) throw error
        expect(error.code).toBe('ENDPOINT_PROTOCOL')
      }
    }),
  )
})

it('refuses every request that is cut off', () => {
  const bytes = encodeBatchRequest({
    nowMs: 1,
    functions: [{ typename: 'a/b', states: [], messages: [] }],
    sources: [],
    calls: [{ function: 0, id: 'x'.repeat(200), state: [], messages: [] }],
  })
  for (const length of [bytes.length - 1, bytes.length - 200, 5])
    expect(() => decodeBatchRequest(bytes.subarray(0, length))).toThrow()
})

it.each(['\ufeffan id of more than a few bytes', '\u{20000}', 'é'.repeat(100), 'x'.repeat(200)])(
  'keeps the id %j',
  (id) => {
    const request = {
      nowMs: 0,
      functions: [{ typename: 'a/b', states: [], messages: [] }],
      sources: [],
      calls: [{ function: 0, id, state: [], messages: [] }],
    }
    expect(decodeBatchRequest(encodeBatchRequest(request)).calls[0]?.id).toBe(id)
  },
)

const hex = (digits: string) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16))

it.each([
  ['a call of a function that is not in the table', '2200', 'function 0 of 0'],
  ['a state that is not in the table', '120022061a0408001200', 'state 0 of 0'],
  ['a message name that is not in the table', '120022072205080' + '02a0161', 'name 0 of 0'],
  ['a message without a name', '1200220522032a0161', 'no name'],
  ['a message without an id', '12031a016d220422020800', 'neither an id nor a record'],
  ['a state without cells', '1203120173' + '2204' + '1a020800', 'no cells'],
  ['attempt 0', '12031a016d2209220708002000' + '2a0161', 'attempt 0'],
  ['a number beyond 53 bits', '08ffffffffffffffffff01', 'out of range'],
  ['a number without an end', '08ffffffffffffffffffffff', 'more than 10 bytes'],
  ['text that is not UTF-8', '12030a01ff', 'UTF-8'],
  ['a group', '0b', 'wire type 3'],
  ['field 0', '0000', 'no field'],
])('refuses %s', (_, digits, reason) => {
  expect(() => decodeBatchRequest(hex(digits))).toThrow(reason)
})

it('refuses a record from a source that is not in the table', () => {
  const record = { source: 1, partition: 0, offset: 0, timestampMs: 0, key: null, headers: [], routeIndex: 0 }
  const message = { unknownName: 'm', name: undefined, payload: undefined, attempt: 1, messageId: undefined }
  const request = {
    nowMs: 0,
    functions: [{ typename: 'a/b', states: [], messages: [] }],
    sources: [{ ingress: 'i', topic: 't' }],
    calls: [{ function: 0, id: 'x', state: [], messages: [{ ...message, caller: undefined, record }] }],
  }
  expect(() => decodeBatchRequest(encodeBatchRequest(request))).toThrow('source 1 of 1')
})

it('refuses more elements than memory is meant for', () => {
  const calls = new Uint8Array(2 * 1_100_000)
  for (let i = 0; i < calls.length; i += 2) calls[i] = 0x22
  expect(() => decodeBatchRequest(calls)).toThrow('elements')
})
