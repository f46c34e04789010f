import fc from 'fast-check'
import { noHeaders } from '../../../runtime/model/record.ts'
import type { Mutation } from '../../../runtime/model/state-cells.ts'
import type { Actor } from '../../../runtime/shard/actor.ts'
import { LaneMessage, type MessageOrigin } from '../../../runtime/shard/lane.ts'
import type { Shard } from '../../../runtime/shard/shard.ts'

const small = fc.nat({ max: 3 })
const bytes = fc.uint8Array({ maxLength: 4 })
const text = fc.constantFrom('', 'a', 'ä', '\ufeffb', 'x'.repeat(200))

const headers = fc.oneof(fc.constant(noHeaders), fc.array(fc.tuple(text, fc.option(bytes)), { maxLength: 2 }))

const origin: fc.Arbitrary<MessageOrigin> = fc.oneof(
  fc.record({ messageId: text, caller: fc.record({ typename: fc.constant('t/a'), id: text }) }),
  fc.record({ messageId: text, request: text }),
  fc.record({ messageId: text, replyTo: fc.record({ typename: text, id: text, message: text }) }),
  fc.record({
    source: fc.record({ ingress: fc.constant('in'), topic: text, partition: small }),
    routeIndex: small,
    record: fc.record({
      offset: fc.maxSafeNat(),
      timestampMs: fc.integer(),
      key: fc.option(bytes),
      value: fc.option(bytes),
      headers,
    }),
  }),
)

/** States 0 to 2 of every function: a value, a list, a map. */
const change = fc.oneof(
  fc.record({ op: fc.constant('set' as const), value: bytes }),
  fc.record({ op: fc.constant('clear' as const), state: small }),
  fc.record({ op: fc.constant('append' as const), value: bytes }),
  fc.record({ op: fc.constant('dropFront' as const), count: small }),
  fc.record({ op: fc.constant('setItem' as const), index: small, value: bytes }),
  fc.record({ op: fc.constant('put' as const), key: bytes, value: bytes }),
  fc.record({ op: fc.constant('remove' as const), key: bytes }),
)
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

export const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('mutate' as const),
      at: small,
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('expire' as const),
      at: small,
      state: fc.nat({ max: 2 }),
      ms: fc.oneof(small, fc.maxSafeNat()),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('enqueue' as const),
      at: small,
      name: text,
      payload: fc.option(bytes, { nil: undefined }),
      origin,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('complete' as const), nth: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('retry' as const), nth: fc.nat(), failures: small, dueMs: fc.maxSafeNat() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('delay' as const),
      at: small,
      dueMs: small,
      token: fc.option(text, { nil: undefined }),
      id: text,
      payload: fc.option(bytes, { nil: undefined }),
      origin,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('undelay' as const), nth: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('position' as const),
      partition: small,
      offset: fc.maxSafeNat(),
      fingerprint: fc.option(fc.record({ timestampMs: fc.integer(), hash: fc.integer() }), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('request' as const), scope: text, expiresAtMs: fc.maxSafeNat() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reply' as const),
      scope: text,
      reply: fc.oneof(
        fc.record({ ok: fc.constant(true as const), payload: fc.option(bytes, { nil: undefined }) }),
        fc.record({ ok: fc.constant(false as const), code: text, message: text }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), scope: text }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('keepUndelivered' as const),
      window: small,
      value: fc.option(bytes),
      headers,
      timestampMs: fc.option(fc.maxSafeNat(), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forgetUndelivered' as const), window: small }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('park' as const), at: small, text, sinceMs: fc.maxSafeNat() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), at: small }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pause' as const), at: fc.option(small), sinceMs: fc.maxSafeNat() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const), at: fc.option(small) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('enqueueFirst' as const), at: small, name: text, origin }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('declare' as const), name: fc.constantFrom('d', 'e', 'f') }) },
)
export type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

export const declare = (shard: Shard): void => {
  const table = shard.declareFunction('t/a')
  for (const [name, kind] of [
    ['v', 'value'],
    ['l', 'list'],
    ['m', 'map'],
  ] as const)
    shard.declareState(table, { name, kind, typename: 'x/y', keyTypename: kind === 'map' ? 'x/k' : undefined })
}

/** Makes a change valid for the actor as it is, as the refusal of bad results does. */
const mutation = (actor: Actor, change: Change): Mutation | undefined => {
  if (change.op === 'clear') return { op: 'clear', state: change.state % 3 }
  if (change.op === 'set') return { ...change, state: 0 }
  if (change.op === 'put' || change.op === 'remove') return { ...change, state: 2 }
  const list = actor.cells(1)
  const items = list?.kind === 'list' ? list.items.length : 0
  const head = list?.kind === 'list' ? list.head : 0
  if (change.op === 'dropFront') return { ...change, state: 1, count: Math.min(change.count, items) }
  if (change.op === 'setItem')
    return items === 0 ? undefined : { ...change, state: 1, index: head + (change.index % items) }
  return { ...change, state: 1 }
}

const nthOf = <T>(all: Iterable<T>, n: number): T | undefined => {
  const list = [...all]
  return list[n % Math.max(1, list.length)]
}

/** In an order that does not tell who was at rest. */
const open = (shard: Shard): LaneMessage<Actor>[] =>
  shard.tables
    .flatMap(({ actors }) => [...actors.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)))
    .flatMap(({ lane }) => lane?.messages ?? [])

const delay = (shard: Shard, actor: () => Actor, given: Command & { do: 'delay' }): void => {
  const { dueMs, token, id, payload, origin } = given
  const pending = token === undefined ? undefined : shard.timers.withToken(actor(), token)
  if (pending) shard.undelay(pending.timer)
  const timer = shard.nextTimer()
  // Taking one back may have made its actor blank, and another one.
  shard.delay({ timer, sender: actor(), dueMs, token, typename: 't/a', id, message: 'm', payload, origin })
}

const stopOrGo = (
  shard: Shard,
  given: Command & { do: 'park' | 'release' | 'pause' | 'resume' },
  actor: (at: number) => Actor,
): void => {
  switch (given.do) {
    case 'park':
      return shard.park(actor(given.at), { code: given.text, message: given.text, sinceMs: given.sinceMs })
    case 'release':
      return shard.release(actor(given.at))
    case 'pause':
      if (given.at === null) return shard.pauseFunction(shard.tables[0]!, given.sinceMs)
      return shard.pauseActor(actor(given.at), given.sinceMs)
    case 'resume':
      if (given.at === null) return shard.resumeFunction(shard.tables[0]!)
      return shard.resumeActor(actor(given.at))
  }
}

/** Does to a shard what the command says, as far as it makes sense there. */
export const perform = (shard: Shard, given: Command): void => {
  const actor = (at: number): Actor => shard.actor(shard.tables[0]!, `id${at}`)
  switch (given.do) {
    case 'mutate':
      for (const change of given.changes) {
        const valid = mutation(actor(given.at), change)
        if (valid) shard.mutate(actor(given.at), [valid])
      }
      return
    case 'expire':
      if (shard.find(shard.tables[0]!, `id${given.at}`)?.cells(given.state))
        shard.expireAt(actor(given.at), given.state, given.ms)
      return
    case 'enqueue':
      return shard.enqueue(new LaneMessage(actor(given.at), given.name, given.payload, given.origin))
    case 'complete': {
      const message = nthOf(open(shard), given.nth)
      return message && shard.complete(message)
    }
    case 'retry': {
      const message = nthOf(open(shard), given.nth)
      return message && shard.retry(message, given.failures, given.dueMs)
    }
    case 'delay':
      return delay(shard, () => actor(given.at), given)
    case 'undelay': {
      const delayed = nthOf(shard.timers.all(), given.nth)
      return delayed && shard.undelay(delayed.timer)
    }
    case 'position': {
      const source = { ingress: 'in', topic: 't', partition: given.partition }
      return shard.moveTo({ source, offset: given.offset, fingerprint: given.fingerprint })
    }
    case 'request':
      return shard.beginRequest({
        scope: given.scope,
        fingerprint: 'f',
        expiresAtMs: given.expiresAtMs,
        reply: undefined,
      })
    case 'reply':
      return shard.settleRequest(given.scope, given.reply)
    case 'forget':
      return shard.forgetRequest(given.scope)
    case 'keepUndelivered': {
      const place = { log: 'log', window: given.window, index: 0 }
      const { value, headers, timestampMs } = given
      return shard.keepUndelivered({ place, topic: 't', reason: 'r', key: null, value, headers, timestampMs })
    }
    case 'forgetUndelivered':
      return void shard.forgetUndelivered({ log: 'log', window: given.window, index: 0 })
    case 'park':
    case 'release':
    case 'pause':
    case 'resume':
      return stopOrGo(shard, given, actor)
    case 'enqueueFirst':
      return shard.enqueueFirst(new LaneMessage(actor(given.at), given.name, undefined, given.origin))
    case 'declare': {
      const table = shard.declareFunction(`t/${given.name}`)
      if (table.states.length < 2)
        shard.declareState(table, {
          name: `s${table.states.length}`,
          kind: 'value',
          typename: 'x',
          keyTypename: undefined,
        })
    }
  }
}

const originOf = (origin: MessageOrigin) =>
  Object.fromEntries(Object.entries(origin).filter(([, value]) => value !== undefined))
const messageOf = ({ name, payload, origin, failures, dueMs, entry, messageId }: LaneMessage<Actor>) => ({
  name,
  payload,
  origin: originOf(origin),
  failures,
  dueMs,
  entry,
  messageId,
})

/** Of the first function. */
export const idsOf = (shard: Shard): string[] => [...shard.actorsOf(shard.tables[0]!)].map(({ id }) => id)

/** All that must survive, copied, in a form that two shards can be compared by. */
export const survives = (shard: Shard) => structuredClone(surviving(shard))

const surviving = (shard: Shard) => ({
  functions: shard.tables.map((table) => {
    const { typename, states, stateBytes, pausedSinceMs } = table
    return {
      typename,
      pausedSinceMs,
      states,
      stateBytes,
      actors: [...shard.actorsOf(table)]
        .filter(({ blank }) => !blank)
        .map((actor) => ({
          id: actor.id,
          stateBytes: actor.stateBytes,
          delayed: actor.delayed,
          cells: states.map((_, ordinal) => {
            const cells = actor.cells(ordinal)
            if (cells?.kind !== 'map') return cells
            return { kind: 'map', entries: cells.entries.toSorted((a, b) => Buffer.compare(a.key, b.key)) }
          }),
          expiry: states.map((_, ordinal) => (actor.cells(ordinal) ? actor.expiresAtMs?.[ordinal] || 0 : 0)),
          stop: actor.stop,
          stopped: actor.lane?.stopped ?? actor.isStopped,
          lane: actor.lane?.messages.map(messageOf) ?? [],
        }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    }
  }),
  timers: timersOf(shard),
  positions: [...shard.positions.all()].toSorted((a, b) => a.source.partition - b.source.partition),
  requests: [...shard.requests.all()],
  undelivered: [...shard.undelivered.values()],
  pending: [shard.pendingMessages, shard.pendingBytes, shard.parkedMessages, shard.parkedBytes],
  stopped: [...shard.stopped].map(({ id }) => id).toSorted(),
  stops: [shard.stopped.parked, shard.stopped.paused],
  entries: [...shard.openEntries()].map(({ entry }) => entry).toSorted((a, b) => a - b),
  counters: shard.counters(),
})

/** In the order in which they will fire. */
const timersOf = (shard: Shard) =>
  [...shard.timers.all()]
    .map(({ sender, origin, ...delayed }) => ({ ...delayed, origin: originOf(origin), sender: sender.id }))
    .toSorted((a, b) => a.dueMs - b.dueMs || a.timer - b.timer)

/** What is counted as it goes along, counted anew. */
export const counted = (shard: Shard) => {
  const all = shard.tables.flatMap(({ actors }) => [...actors.values()])
  const sum = (stopped: boolean): number[] => {
    const messages = all.filter((actor) => actor.isStopped === stopped).flatMap(({ lane }) => lane?.messages ?? [])
    return [messages.length, messages.reduce((bytes, message) => bytes + message.bytes, 0)]
  }
  return {
    pending: [...sum(false), ...sum(true)],
    stopped: all.flatMap(({ stop, id }) => (stop ? [id] : [])).toSorted(),
    stops: [
      all.filter(({ stop }) => stop?.parked).length,
      all.filter(({ stop }) => stop?.pausedSinceMs !== undefined).length,
    ],
  }
}
