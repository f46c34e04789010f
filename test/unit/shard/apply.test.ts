import { describe, expect, test } from 'vitest'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import type { SendEffect } from '../../../runtime/model/invocation.ts'
import { defaultLimits } from '../../../runtime/model/limits.ts'
import { sentMessageId } from '../../../runtime/model/sent-message-id.ts'
import { emitOf, failed, makeWorld } from './applied.ts'

describe('a message that fails', () => {
  test('goes to the back of nothing: those before it count, those after it wait behind it', () => {
    const world = makeWorld()
    for (const name of ['one', 'two', 'three']) world.deliver('bob', name)
    world.answer('bob', { emits: [emitOf(0, 'effect')], failed: failed(1) })
    expect(world.lane('bob')).toEqual([
      ['two', 1],
      ['three', 0],
    ])
    expect(world.actor('bob')?.lane?.messages[0]?.dueMs).toBe(1_010)
    expect(world.emits('out-topic')).toHaveLength(1)
    world.answer('bob', { failed: failed(0) })
    expect(world.lane('bob')).toEqual([
      ['two', 2],
      ['three', 0],
    ])
    world.answer('bob', { failed: failed(0) })
    expect(world.lane('bob')).toEqual([['three', 0]])
    expect(world.emits('dead')).toHaveLength(1)
    expect(world.headers()).toMatchObject({
      'millrace-error-code': 'OOPS',
      'millrace-error': 'went wrong',
      'millrace-attempts': '3',
      'millrace-message': 'two',
      'millrace-address': 't/a/bob',
      'millrace-message-id': 'two',
    })
  })

  test('for good is not tried again', () => {
    const world = makeWorld()
    world.deliver('bob', 'one')
    world.answer('bob', { failed: failed(0, true) })
    expect(world.emits('dead')).toHaveLength(1)
    expect(world.actor('bob')).toBeUndefined()
    expect(world.actions.find(({ kind }) => kind === 'failed')).toMatchObject({ outcome: 'dead-letter' })
  })

  test('leaves a dead letter with its original record: key, value, headers and place', () => {
    const world = makeWorld()
    const record = {
      offset: 7,
      timestampMs: 5,
      key: Uint8Array.of(0xff),
      value: Uint8Array.of(1, 2),
      headers: [
        ['h', null],
        ['h', utf8Encode('x')],
      ] as const,
    }
    world.deliver('bob', 'one', { source: { ingress: 'in', topic: 't', partition: 3 }, record, routeIndex: 2 })
    world.answer('bob', { failed: failed(0, true) })
    const [dead] = world.emits('dead')
    expect(dead).toMatchObject({ key: record.key, value: record.value })
    expect(dead?.headers.slice(0, 2)).toEqual(record.headers)
    expect(world.headers()).toMatchObject({
      'millrace-ingress': 'in',
      'millrace-topic': 't',
      'millrace-partition': '3',
      'millrace-offset': '7',
      'millrace-timestamp': '5',
      'millrace-message-id': 'in/t/3/7/2',
    })
  })

  test('a result that breaks a limit is narrowed down to the one message that breaks it', () => {
    const world = makeWorld()
    for (const name of ['one', 'two', 'three']) world.deliver('bob', name)
    const tooMuch = {
      mutations: [{ op: 'set' as const, state: 0, value: new Uint8Array(defaultLimits.valueBytesMax + 1) }],
    }
    world.answer('bob', tooMuch)
    expect(world.lane('bob')).toHaveLength(3)
    expect(world.actor('bob')?.lane?.takeMax).toBe(1)
    world.answer('bob', { emits: [emitOf(0, 'one')] })
    expect(world.lane('bob')).toEqual([
      ['two', 0],
      ['three', 0],
    ])
    world.answer('bob', tooMuch)
    world.answer('bob', tooMuch)
    expect(world.lane('bob')).toEqual([['three', 0]])
    expect(world.headers()).toMatchObject({ 'millrace-error-code': 'LIMIT_EXCEEDED', 'millrace-message': 'two' })
    world.answer('bob', {})
    expect(world.lane('bob')).toEqual([])
    expect(world.emits('out-topic')).toHaveLength(1)
  })
})

describe('sends and replies', () => {
  const send = (from: number, id: string, more: Partial<SendEffect> = {}): SendEffect => ({
    kind: 'send',
    from,
    typename: 't/a',
    id,
    message: `to ${id}`,
    payload: undefined,
    delayMs: undefined,
    token: undefined,
    replyTo: undefined,
    ...more,
  })

  test('ids of sends follow from the parent’s id and the place among its sends', () => {
    const world = makeWorld()
    world.deliver('bob', 'one')
    world.deliver('bob', 'two')
    world.answer('bob', {
      sends: [send(0, 'x'), { kind: 'cancel', from: 0, token: 'none' }, send(0, 'x'), send(1, 'x')],
    })
    const ids = world.actor('x')?.lane?.messages.map(({ messageId }) => messageId)
    expect(ids).toEqual([sentMessageId('one', 0), sentMessageId('one', 1), sentMessageId('two', 0)].map(String))
  })

  test('a message whose target nobody serves is a dead letter that names it, and the asker hears of it', () => {
    const world = makeWorld()
    world.deliver('bob', 'one')
    const replyTo = { typename: 't/a', id: 'bob', message: 'outcome' }
    world.answer('bob', { sends: [send(0, 'x', { typename: 't/nobody', replyTo })] })
    expect(world.headers()).toMatchObject({
      'millrace-error-code': 'FUNCTION_UNKNOWN',
      'millrace-address': 't/nobody/x',
    })
    expect(world.headers()['millrace-caller']).toBe('t/a/bob')
    expect(utf8Decode(world.actor('bob')!.lane!.messages[0]!.payload!)).toBe('"FUNCTION_UNKNOWN"')
  })

  test('delayed sends come when they are due; the same token replaces, cancel cancels', () => {
    const world = makeWorld()
    world.deliver('bob', 'one')
    world.answer('bob', {
      sends: [
        send(0, 'late', { delayMs: 50 }),
        send(0, 'soon', { delayMs: 10 }),
        send(0, 'old', { delayMs: 10, token: 't' }),
        send(0, 'new', { delayMs: 20, token: 't' }),
        send(0, 'gone', { delayMs: 10, token: 'g' }),
        { kind: 'cancel', from: 0, token: 'g' },
      ],
    })
    const fired = (ms: number) => {
      world.wait(ms)
      world.applier().fireTimers()
      return ['late', 'soon', 'old', 'new', 'gone'].filter((id) => world.actor(id))
    }
    expect(fired(9)).toEqual([])
    expect(fired(1)).toEqual(['soon'])
    expect(fired(10)).toEqual(['soon', 'new'])
    expect(fired(100)).toEqual(['late', 'soon', 'new'])
  })

  test('a request is answered with the reply, and a large one is not kept for its key', () => {
    const world = makeWorld()
    world.shard.beginRequest({ scope: 's', fingerprint: '', expiresAtMs: 9, reply: undefined })
    world.deliver('bob', 'one', { messageId: 'one', request: 's' })
    world.answer('bob', { replies: [{ from: 0, payload: utf8Encode('large') }] })
    expect(world.actions).toContainEqual({
      kind: 'answer',
      request: 's',
      reply: { ok: true, payload: utf8Encode('large') },
    })
    expect(world.shard.requests.get('s')?.reply).toMatchObject({
      ok: false,
      message: expect.stringContaining('limits.idempotencyReplyBytesMax'),
    })
  })

  test('a request whose message failed for good is answered with its error', () => {
    const world = makeWorld()
    world.deliver('bob', 'one', { messageId: 'one', request: 's' })
    world.answer('bob', { failed: failed(0, true) })
    expect(world.actions).toContainEqual({
      kind: 'answer',
      request: 's',
      reply: { ok: false, code: 'OOPS', message: 'went wrong' },
    })
  })
})
