import { expect, test } from 'vitest'
import { actor, createHandler, egress, type, value, type Implementation } from 'millrace'
import type { Route } from '../../../runtime/model/topology.ts'
import { localFunctions } from '../../../runtime/platform/local-functions.ts'
import { byKey, counterHandlers, emitted, patientCounter } from './counter.ts'
import { eventually, makeWorld, textOf } from './world.ts'

const local = (...implementations: Implementation[]) => localFunctions(createHandler(implementations))

/** Bytes as they are, which nobody copies but Millrace. */
const raw = type<Uint8Array>('test/raw', { encode: (bytes) => bytes, decode: (bytes) => bytes })
const raws = egress('out', raw)
const tally = actor('test/tally', {
  state: { bytes: value(raw, { initial: new Uint8Array(1) }) },
  messages: { add: raw },
})
const toTally: Route = {
  ingress: 'in',
  messagesOf: ({ key, value: payload }) => [
    { typename: 'test/tally', id: textOf(key), message: 'add', payload: payload ?? undefined },
  ],
}

test('records go through functions in this process, once, in order, failures apart', async () => {
  const failure = { attemptsMax: 2, firstDelayMs: 1, maxDelayMs: 1, onFailure: 'deadLetter' as const }
  const world = await makeWorld([counterHandlers], { routes: [byKey], settings: { failure } })
  for (let i = 0; i < 3_000; i++) world.feed(`k${i % 700}`, i === 35 ? 'fail' : String(i))
  const running = await world.start({ client: local(counterHandlers) })
  await eventually(async () => (await world.committed('out')).length >= 2_999)
  running.drain()
  expect(await running.ended).toBe('drained')
  const texts = emitted(await world.committed('out'))
  expect(new Set(texts).size).toBe(2_999)
  const ofOne = texts.filter((text) => text.startsWith('k7:')).map((text) => text.split(':').slice(1))
  expect(ofOne).toEqual([7, 707, 1_407, 2_107, 2_807].map((n, before) => [`${n}`, `${before + 1}`]))
  expect((await world.committed('dead')).map(({ key }) => textOf(key))).toEqual(['k35'])
})

test('what a handler changes in place of what it was given changes nothing for others, and nothing unnoticed', async () => {
  const messy = tally.handle({
    add(ctx, payload) {
      const { bytes } = ctx.state
      bytes[0]! += payload[0]!
      // Nothing of this may reach the log, the state or the next message.
      payload.fill(99)
      ctx.record?.key?.fill(0x7a)
      ctx.record?.headers.forEach(([, text]) => text?.fill(99))
      ctx.emit(raws, { key: ctx.id, value: bytes })
    },
  })
  const world = await makeWorld([messy], { routes: [toTally] })
  const counts = async () => (await world.committed('out')).map(({ key, value: bytes }) => [textOf(key), bytes?.[0]])
  const feed = (id: string) =>
    world.log.append('in', 0, { key: Buffer.from(id), value: Uint8Array.of(2), headers: [['h', Uint8Array.of(1)]] })
  for (let i = 0; i < 3; i++) feed('a')
  const first = await world.start({ client: local(messy) })
  await eventually(async () => (await counts()).length >= 3)
  first.drain()
  await first.ended
  const second = await world.start({ client: local(messy) })
  feed('a')
  await eventually(async () => (await counts()).length >= 4)
  second.drain()
  await second.ended
  expect(await counts()).toEqual([2, 4, 6, 8].map((count) => ['a', count]))
  const kept = (await world.committed('in')).map((record) => [
    textOf(record.key),
    ...record.value!,
    ...record.headers[0]![1]!,
  ])
  expect(kept).toEqual(Array(4).fill(['a', 2, 1]))
})

test('handlers that wait hold up neither intake nor the others', async () => {
  const { open, patient } = patientCounter()
  const world = await makeWorld([patient], { routes: [byKey] })
  // More than are taken in while nothing of them is answered.
  for (let i = 0; i < 2_000; i++) world.feed(`k${i}`, i < 900 ? 'slow' : 'quick')
  const [binding] = world.topology.bindings
  const bindings = [{ ...binding!, requestsInFlightMax: 32, addressesPerRequestMax: 250 }]
  const running = await world.start({ client: local(patient), topology: { bindings } })
  await eventually(async () => (await world.committed('out')).length >= 1_100)
  expect(open.length).toBe(900)
  for (const go of open) go()
  await eventually(async () => (await world.committed('out')).length >= 2_000)
  running.drain()
  await running.ended
})

test('functions that the request names and nobody serves here are told of', async () => {
  const request = {
    nowMs: 0,
    functions: [{ typename: 'test/other', states: [], messages: [] }],
    sources: [],
    calls: [],
  }
  const running = local(counterHandlers).run(request, () => undefined)
  await expect(running).rejects.toMatchObject({ reason: 'stale-discovery' })
})
