import { describe, expect, test } from 'vitest'
import { actor, egress, int, json, request, string, value } from 'millrace'
import { encodeMessage } from '../../../runtime/sdk/message.ts'
import { decodeState } from '../../../runtime/sdk/decode-state.ts'
import { eventually, makeWorld, textOf } from './world.ts'

const out = egress('out', json<{ id: string; count: number }>('test/out'))
const counter = actor('test/counter', {
  state: { count: value(int, { initial: 0 }) },
  messages: { add: string, read: request(int, int) },
})
const counterHandlers = counter.handle({
  add(ctx) {
    ctx.state.count += 1
    ctx.emit(out, { key: ctx.id, value: { id: ctx.id, count: ctx.state.count } })
  },
  read(ctx, plus) {
    return ctx.state.count + plus
  },
})
const byKey = {
  ingress: 'in',
  messagesOf: (record: { key: Uint8Array | null; value: Uint8Array | null }) => [
    {
      typename: 'test/counter',
      id: textOf(record.key),
      message: 'add',
      payload: encodeMessage(counter.at('x').add('a')).payload,
    },
  ],
}

describe('a record comes in and an effect goes out', () => {
  test('each record counts once and is published once', async () => {
    const world = await makeWorld([counterHandlers], { routes: [byKey] })
    for (let i = 0; i < 1000; i++) world.feed(`k${i % 10}`, String(i))
    const running = await world.start()
    await eventually(async () => (await world.committed('out')).length >= 1000)
    running.drain()
    expect(await running.ended).toBe('drained')
    const records = await world.committed('out')
    expect(records).toHaveLength(1000)
    const last = new Map(records.map((record) => [textOf(record.key), textOf(record.value)]))
    for (let k = 0; k < 10; k++) expect(last.get(`k${k}`)).toBe(JSON.stringify({ id: `k${k}`, count: 100 }))
  })

  test('a coordinator that takes over goes on exactly where the other stood, and the other is fenced', async () => {
    const world = await makeWorld([counterHandlers], { routes: [byKey] })
    const first = await world.start()
    for (let i = 0; i < 500; i++) world.feed(`k${i % 10}`, String(i))
    await eventually(async () => (await world.committed('out')).length >= 100)
    const second = await world.start()
    for (let i = 0; i < 500; i++) world.feed(`k${i % 10}`, String(i))
    expect(await first.ended).toBe('fenced')
    await eventually(async () => (await world.committed('out')).length >= 1000)
    const state = await second.read((shard) => {
      const table = shard.table('test/counter')
      const found = table && shard.find(table, 'k3')
      return decodeState(counter, (key) => found?.cells(table?.ordinalOf(key) ?? -1), 'k3')
    })
    expect(state.count).toBe(100)
    second.drain()
    expect(await second.ended).toBe('drained')
    expect(await world.committed('out')).toHaveLength(1000)
  })
})
