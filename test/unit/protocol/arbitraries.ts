import fc from 'fast-check'
import type { BatchRequest, Call, CallCells, CallMessage, CallResult } from '../../../runtime/model/invocation.ts'
import type { Mutation } from '../../../runtime/model/state-cells.ts'

// Everything that the model's types allow, the corners included: empty bytes, absent and null, 53-bit numbers, any text.
const whole = fc.oneof(fc.nat(), fc.maxSafeNat())
const uint32 = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffffffff }))
const text = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 40 }))
const name = fc.string({ minLength: 1, maxLength: 30 })
const bytes = fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 300 }))
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const headers = fc.array(fc.tuple(text, nullable(bytes)), { maxLength: 4 })
const entry = fc.record({ key: bytes, value: bytes })

const cells: fc.Arbitrary<CallCells> = fc.oneof(
  fc.record({ kind: fc.constant('value' as const), value: bytes }),
  fc.record({ kind: fc.constant('list' as const), head: whole, items: fc.array(bytes) }),
  fc.record({ kind: fc.constant('map' as const), entries: fc.array(entry) }),
  fc
    .record({ more: whole, entries: fc.array(entry), absent: fc.array(bytes), present: fc.array(bytes) })
    .map(({ more, entries, absent, present }) => ({
      kind: 'map-part' as const,
      count: Math.min(more + entries.length, Number.MAX_SAFE_INTEGER),
      entries,
      absent,
      present,
    })),
)

const message = (names: number, sources: number): fc.Arbitrary<CallMessage> =>
  fc
    .record({
      name: maybe(fc.nat(names - 1)),
      unknownName: text,
      payload: maybe(bytes),
      attempt: fc.integer({ min: 1, max: 0xffffffff }),
      messageId: maybe(text),
      caller: maybe(fc.record({ typename: text, id: text })),
      record: maybe(
        fc.record({
          source: fc.nat(sources - 1),
          partition: uint32,
          offset: whole,
          timestampMs: whole,
          key: nullable(bytes),
          headers,
          routeIndex: uint32,
        }),
      ),
    })
    .map((made) => ({
      ...made,
      unknownName: made.name === undefined ? made.unknownName : undefined,
      messageId: made.record === undefined ? (made.messageId ?? 'an id') : made.messageId,
    }))

const call = (functions: number): fc.Arbitrary<Call> =>
  fc.record({
    function: fc.nat(functions - 1),
    id: text,
    state: fc.array(fc.record({ state: fc.nat(1), cells }), { maxLength: 3 }),
    messages: fc.array(message(2, 2), { maxLength: 4 }),
  })

const pair = fc.tuple(text, text)

export const batchRequest: fc.Arbitrary<BatchRequest> = fc.record({
  nowMs: whole,
  functions: fc.array(fc.record({ typename: text, states: pair, messages: pair }), { minLength: 2, maxLength: 2 }),
  sources: fc.array(fc.record({ ingress: text, topic: text }), { minLength: 2, maxLength: 2 }),
  calls: fc.array(call(2), { maxLength: 6 }),
})

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ op: fc.constant('set' as const), state: uint32, value: bytes }),
  fc.record({ op: fc.constant('clear' as const), state: uint32 }),
  fc.record({ op: fc.constant('append' as const), state: uint32, value: bytes }),
  fc.record({ op: fc.constant('dropFront' as const), state: uint32, count: whole }),
  fc.record({ op: fc.constant('setItem' as const), state: uint32, index: whole, value: bytes }),
  fc.record({ op: fc.constant('put' as const), state: uint32, key: bytes, value: bytes }),
  fc.record({ op: fc.constant('remove' as const), state: uint32, key: bytes }),
)

export const callResult: fc.Arbitrary<CallResult> = fc.record({
  call: uint32,
  mutations: fc.array(mutation),
  sends: fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('cancel' as const), from: uint32, token: text }),
      fc.record({
        kind: fc.constant('send' as const),
        from: uint32,
        typename: name,
        id: text,
        message: name,
        payload: maybe(bytes),
        delayMs: maybe(whole),
        token: maybe(text),
        replyTo: maybe(fc.record({ typename: name, id: text, message: name })),
      }),
    ),
  ),
  emits: fc.array(
    fc.record({
      from: uint32,
      egress: name,
      key: nullable(bytes),
      value: nullable(bytes),
      headers,
      timestampMs: maybe(whole),
    }),
  ),
  replies: fc.array(fc.record({ from: uint32, payload: maybe(bytes) })),
  failed: maybe(fc.record({ index: uint32, code: text, terminal: fc.boolean(), message: text })),
  incomplete: maybe(
    fc.record({
      index: uint32,
      missing: fc.array(fc.record({ state: uint32, keys: fc.array(bytes), keysOnly: fc.boolean() })),
    }),
  ),
})
