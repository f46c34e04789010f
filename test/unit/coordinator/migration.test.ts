import { expect, test } from 'vitest'
import { actor, type Implementation, int, string, value } from 'millrace'
import { inProcessFunctionClient } from '../../../runtime/platform/in-process-function-client.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import type { FunctionClient } from '../../../runtime/ports/function-client.ts'
import { decodeState } from '../../../runtime/sdk/decode-state.ts'
import { createHandler } from '../../../runtime/sdk/handler.ts'
import { encodeMessage } from '../../../runtime/sdk/message.ts'
import { eventually, makeWorld, textOf } from './world.ts'

const messages = { add: string }
const v1 = actor('test/counter', { state: { count: value(int, { initial: 0 }) }, messages })
const v2 = actor('test/counter', {
  state: { count: value(string, { version: 2, initial: 'n0', migrate: { 1: { type: int, up: (n) => `n${n}` } } }) },
  messages,
})
const code1 = v1.handle({ add: (ctx) => void ctx.state.count++ })
const code2 = v2.handle({ add: (ctx) => void (ctx.state.count = `n${Number(ctx.state.count.slice(1)) + 1}`) })
const byKey = {
  ingress: 'in',
  messagesOf: (record: { key: Uint8Array | null }) => [
    {
      typename: 'test/counter',
      id: textOf(record.key),
      message: 'add',
      payload: encodeMessage(v1.at('x').add('a')).payload,
    },
  ],
}
const clientOf = (code: Implementation): FunctionClient => inProcessFunctionClient(createHandler([code]))

/** An endpoint whose instances have the code that is chosen anew for each request. */
const fleet = (discovered: () => FunctionClient, invoked: () => FunctionClient): FunctionClient => ({
  discover: () => discovered().discover(),
  invoke: (...args) => invoked().invoke(...args),
  close: () => Promise.resolve(),
})

test('an endpoint is deployed anew while the coordinator goes on, and no count is lost', async () => {
  let now = clientOf(code1)
  const world = await makeWorld([code1], { routes: [byKey] })
  const running = await world.start({
    client: fleet(
      () => now,
      () => now,
    ),
  })
  const feed = (n: number) => {
    for (let i = 0; i < n; i++) world.feed(`k${i % 10}`, 'a')
  }
  feed(200)
  await eventually(async () => (await counts(running)).some(({ text }) => text !== 'n0'))
  now = clientOf(code2)
  feed(200)
  await eventually(async () => (await total(running)) === 400)
  const versions = await running.read((shard) => shard.table('test/counter')?.states.map(({ name }) => name))
  expect(versions).toEqual(['count', 'count@2'])
  running.drain()
  expect(await running.ended).toBe('drained')
  const next = await world.start({ client: now })
  expect(await total(next)).toBe(400)
  expect((await counts(next)).map(({ kept }) => kept)).toEqual(Array.from({ length: 10 }, () => ['count@2']))
})

test('while instances of both versions serve, the old ones lose nothing that the new ones wrote', async () => {
  const random = seededRandom('fleet')
  const [old, now] = [clientOf(code1), clientOf(code2)]
  const world = await makeWorld([code1], { routes: [byKey] })
  let refused = 0
  const either: FunctionClient = {
    ...old,
    invoke: async (request, onBytes, options) => {
      try {
        return await (random.next() < 0.5 ? old : now).invoke(request, onBytes, options)
      } catch (error) {
        refused++
        throw error
      }
    },
  }
  const running = await world.start({
    client: fleet(
      () => now,
      () => either,
    ),
  })
  for (let i = 0; i < 24; i++) {
    world.feed(`k${i % 2}`, 'a')
    await eventually(async () => (await total(running)) === i + 1)
  }
  expect(refused).toBeGreaterThan(0)
  for (const { kept } of await counts(running)) expect(kept).toEqual(['count@2'])
})

test('a held function goes on soon after the deploy that can read its state, though nothing is sent to its endpoint', async () => {
  const world = await makeWorld([code2], { routes: [byKey] })
  const newer = await world.start()
  world.feed('k1', 'a')
  await eventually(async () => (await total(newer)) === 1)
  let now = clientOf(code1)
  // The look of every minute never comes, and a second takes ten milliseconds.
  const clock = {
    ...systemClock,
    after: (ms: number, action: () => void) => systemClock.after(ms === 60_000 ? 1e9 : ms / 100, action),
  }
  const running = await world.start({
    client: fleet(
      () => now,
      () => now,
    ),
    clock,
  })
  world.feed('k1', 'a')
  await eventually(() => running.read((shard) => shard.pendingMessages === 1))
  expect(running.endpoints[0]?.held.get('test/counter')).toContain('newer code has written it')
  now = clientOf(code2)
  await eventually(async () => (await total(running)) === 2)
})

/** What is kept of each address, and what the new code makes of it. */
const counts = (running: Awaited<ReturnType<Awaited<ReturnType<typeof makeWorld>>['start']>>) =>
  running.read((shard) => {
    const table = shard.table('test/counter')
    return [...(table ? shard.actorsOf(table) : [])].map((found) => {
      const text = decodeState(v2, (key) => found.cells(table?.ordinalOf(key) ?? -1), found.id).count
      const kept = table?.states.flatMap(({ name }, ordinal) => (found.cells(ordinal) ? [name] : []))
      return { text, kept }
    })
  })
const total = async (running: Parameters<typeof counts>[0]) =>
  (await counts(running)).reduce((sum, { text }) => sum + Number(text.slice(1)), 0)
