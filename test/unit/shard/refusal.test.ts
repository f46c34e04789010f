import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noEffects, type CallResult, type SendEffect } from '../../../runtime/model/invocation.ts'
import { defaultLimits, type Limits } from '../../../runtime/model/limits.ts'
import { noHeaders } from '../../../runtime/model/record.ts'
import type { Mutation } from '../../../runtime/model/state-cells.ts'
import { Lane } from '../../../runtime/shard/lane.ts'
import { refusalOf } from '../../../runtime/shard/refusal.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { declare } from './model.ts'

const egresses = new Map([['out', 'topic']])
const send: SendEffect = {
  kind: 'send',
  from: 0,
  typename: 't/b',
  id: 'id',
  message: 'm',
  payload: undefined,
  delayMs: undefined,
  token: undefined,
  replyTo: undefined,
}
const emit = { from: 0, egress: 'out', key: null, value: null, headers: noHeaders, timestampMs: undefined }

const makeActor = (inFlight = 1) => {
  const shard = new Shard()
  declare(shard)
  const actor = shard.actor(shard.tables[0]!, 'bob')
  actor.lane = new Lane(false)
  actor.lane.inFlight = inFlight
  return { shard, actor }
}
const refused = (result: Partial<CallResult>, limits: Partial<Limits> = {}, actor = makeActor().actor) =>
  refusalOf(actor, { ...noEffects, ...result }, { ...defaultLimits, ...limits }, egresses)
const set = (size: number): Mutation => ({ op: 'set', state: 0, value: new Uint8Array(size) })
const put = (key: number, size: number): Mutation => ({
  op: 'put',
  state: 2,
  key: Uint8Array.of(key),
  value: new Uint8Array(size),
})

describe('a result that breaks a limit names it, the address and the sizes', () => {
  test.each<[keyof Limits, number, Partial<CallResult>]>([
    ['valueBytesMax', 10, { mutations: [set(11)] }],
    ['valueBytesMax', 10, { sends: [{ ...send, payload: new Uint8Array(11) }] }],
    ['valueBytesMax', 10, { emits: [{ ...emit, value: new Uint8Array(11) }] }],
    ['idBytesMax', 3, { sends: [{ ...send, id: 'four' }] }],
    ['effectsPerMessageMax', 2, { sends: [send, send], emits: [emit] }],
    [
      'delayedPerAddressMax',
      1,
      {
        sends: [
          { ...send, delayMs: 1 },
          { ...send, delayMs: 1 },
        ],
      },
    ],
    ['stateBytesMax', 20, { mutations: [put(1, 10), put(2, 10)] }],
  ])('%s = %i', (limit, most, result) => {
    const failure = refused(result, { [limit]: most })
    expect(failure?.code).toBe('LIMIT_EXCEEDED')
    expect(failure?.message).toContain(`limits.${limit}`)
    expect(failure?.message).toContain('t/a/bob')
    expect(failure?.message).toContain(`allowed are ${most}`)
  })

  test('what is at the limit is taken', () => {
    expect(refused({ mutations: [set(10)] }, { valueBytesMax: 10, stateBytesMax: 10 })).toBeUndefined()
    expect(refused({ sends: [send, send] }, { effectsPerMessageMax: 2, delayedPerAddressMax: 0 })).toBeUndefined()
    const two = makeActor(2).actor
    expect(refused({ sends: [send, send, send, send] }, { effectsPerMessageMax: 2 }, two)).toBeUndefined()
  })

  test('the state is measured as it will be: what is replaced, cleared or dropped makes room', () => {
    const { actor } = makeActor()
    actor.mutate(put(1, 9))
    const limits = { stateBytesMax: 20 }
    expect(refused({ mutations: [put(1, 19)] }, limits, actor)).toBeUndefined()
    expect(refused({ mutations: [put(1, 20)] }, limits, actor)?.code).toBe('LIMIT_EXCEEDED')
    expect(refused({ mutations: [{ op: 'clear', state: 2 }, put(2, 15)] }, limits, actor)).toBeUndefined()
    expect(
      refused({ mutations: [{ op: 'remove', state: 2, key: Uint8Array.of(1) }, set(20)] }, limits, actor),
    ).toBeUndefined()
    expect(refused({ mutations: [set(1), set(15)] }, limits, actor)?.message).toContain('25')
    // Beyond the limit already, as after it was lowered: it may shrink.
    expect(refused({ mutations: [put(1, 8)] }, { stateBytesMax: 5 }, actor)).toBeUndefined()
  })
})

describe('a result that speaks of what is not there', () => {
  test.each<[string, Partial<CallResult>, string]>([
    [
      'blames a message that was not sent',
      { failed: { index: 1, code: 'X', terminal: false, message: '' } },
      'ENDPOINT_PROTOCOL',
    ],
    ['an undeclared state', { mutations: [{ op: 'set', state: 3, value: new Uint8Array(0) }] }, 'ENDPOINT_PROTOCOL'],
    ['a value as a list', { mutations: [{ op: 'append', state: 0, value: new Uint8Array(0) }] }, 'ENDPOINT_PROTOCOL'],
    ['a list as a map', { mutations: [{ op: 'remove', state: 1, key: new Uint8Array(0) }] }, 'ENDPOINT_PROTOCOL'],
    [
      'an item beyond the end',
      { mutations: [{ op: 'setItem', state: 1, index: 0, value: new Uint8Array(0) }] },
      'ENDPOINT_PROTOCOL',
    ],
    ['more items than there are', { mutations: [{ op: 'dropFront', state: 1, count: 1 }] }, 'ENDPOINT_PROTOCOL'],
    ['an egress that is not declared', { emits: [{ ...emit, egress: 'other' }] }, 'EGRESS_UNKNOWN'],
  ])('%s', (_, result, code) => expect(refused(result)?.code).toBe(code))

  test('an egress that is not declared: those that are, are told', () => {
    expect(refused({ emits: [{ ...emit, egress: 'other' }] })?.message).toMatch(/other.*out/)
  })

  test('what is not refused can be applied, whatever it is', () => {
    const bytes = fc.uint8Array({ maxLength: 3 })
    const state = fc.nat({ max: 3 })
    const mutation: fc.Arbitrary<Mutation> = fc.oneof(
      fc.record({ op: fc.constant('set' as const), state, value: bytes }),
      fc.record({ op: fc.constant('clear' as const), state }),
      fc.record({ op: fc.constant('append' as const), state, value: bytes }),
      fc.record({ op: fc.constant('dropFront' as const), state, count: fc.nat({ max: 2 }) }),
      fc.record({ op: fc.constant('setItem' as const), state, index: fc.nat({ max: 3 }), value: bytes }),
      fc.record({ op: fc.constant('put' as const), state, key: bytes, value: bytes }),
      fc.record({ op: fc.constant('remove' as const), state, key: bytes }),
    )
    fc.assert(
      fc.property(fc.array(fc.array(mutation, { maxLength: 4 })), (results) => {
        const { shard, actor } = makeActor()
        for (const mutations of results)
          if (!refused({ mutations }, { stateBytesMax: 9 }, actor)) {
            const before = actor.stateBytes
            shard.mutate(actor, mutations)
            expect(actor.stateBytes <= 9 || actor.stateBytes <= before).toBe(true)
          }
      }),
      { numRuns: 500 },
    )
  })
})
