import type { ActorMessage, Actor } from '../../shard/actor.ts'
import type { Shard } from '../../shard/shard.ts'

/** Addresses, and messages of one, that one answer names. */
const shownMax = 1_000

const timeOf = (ms: number): string => new Date(ms).toISOString()
const byteSum = (actor: Actor): number => actor.lane?.messages.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0

/** What keeps an address from being invoked. */
export const stopView = (actor: Actor) => ({
  parked: actor.stop?.parked && {
    code: actor.stop.parked.code,
    error: actor.stop.parked.message,
    since: timeOf(actor.stop.parked.sinceMs),
  },
  pausedSince: actor.stop?.pausedSinceMs === undefined ? undefined : timeOf(actor.stop.pausedSinceMs),
  functionPausedSince: actor.table.pausedSinceMs === undefined ? undefined : timeOf(actor.table.pausedSinceMs),
})

const addressView = (actor: Actor) => ({
  address: `${actor.table.typename}/${actor.id}`,
  ...stopView(actor),
  messages: actor.lane?.messages.length ?? 0,
  bytes: byteSum(actor),
  attempts: actor.lane?.messages.find(({ failures }) => failures > 0)?.failures ?? 0,
})

/** All that is parked or paused, of one function or all. Of addresses the first 1,000 are named; `total` counts all. */
export const parkedView = (shard: Shard, typename: string | undefined) => {
  const of = (actor: Actor): boolean => typename === undefined || actor.table.typename === typename
  const addresses: ReturnType<typeof addressView>[] = []
  let total = 0
  for (const actor of shard.stopped) {
    if (!of(actor)) continue
    if (total++ < shownMax) addresses.push(addressView(actor))
  }
  return {
    parkedAddresses: shard.stopped.parked,
    pausedAddresses: shard.stopped.paused,
    messages: shard.parkedMessages,
    bytes: shard.parkedBytes,
    pausedFunctions: shard.tables.flatMap(({ typename, pausedSinceMs }) =>
      pausedSinceMs === undefined ? [] : [{ typename, since: timeOf(pausedSinceMs) }],
    ),
    total,
    addresses,
  }
}

/** What waits for one address, without payloads; undefined where it is neither parked nor paused. */
export const waitingView = (shard: Shard, typename: string, id: string) => {
  const table = shard.table(typename)
  const actor = table && shard.find(table, id)
  if (!actor?.isStopped) return undefined
  const waiting = actor.lane?.messages.slice(0, shownMax).map(messageView) ?? []
  return { ...addressView(actor), inFlightMessages: actor.lane?.inFlight ?? 0, waiting }
}

const messageView = ({ name, messageId, failures, payload, origin }: ActorMessage) => ({
  message: name,
  messageId,
  failures,
  payloadBytes: payload?.length ?? null,
  from: fromOf(origin),
})

const fromOf = ({ source, record, caller, request }: ActorMessage['origin']): string | undefined => {
  if (source && record) return `${source.topic}/${source.partition}/${record.offset}`
  if (caller) return `${caller.typename}/${caller.id}`
  return request === undefined ? undefined : 'http'
}
