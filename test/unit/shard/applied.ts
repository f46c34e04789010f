import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { defaultFailurePolicy, type FailurePolicy } from '../../../runtime/model/function-spec.ts'
import { noEffects, type CallResult } from '../../../runtime/model/invocation.ts'
import { defaultLimits, type Limits } from '../../../runtime/model/limits.ts'
import type { OutgoingRecord } from '../../../runtime/model/record.ts'
import type { Action } from '../../../runtime/shard/actions.ts'
import { Applier } from '../../../runtime/shard/apply.ts'
import type { MessageOrigin } from '../../../runtime/shard/lane.ts'
import { ParkedBounds, type WhenFull } from '../../../runtime/shard/parked-bounds.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { declare } from './model.ts'

export const failed = (index: number, terminal = false) => ({ index, code: 'OOPS', terminal, message: 'went wrong' })
export const emitOf = (from: number, value: string) => ({
  from,
  egress: 'out',
  key: null,
  value: utf8Encode(value),
  headers: [],
  timestampMs: undefined,
})

export interface AppliedOptions {
  readonly policy?: Partial<FailurePolicy>
  readonly limits?: Partial<Limits>
  readonly whenFull?: WhenFull
}

/** A shard and what applies results to it, as the coordinator's loop does. */
export const makeWorld = (options: AppliedOptions = {}) => {
  const shard = new Shard()
  declare(shard)
  let nowMs = 1_000
  const actions: Action[] = []
  const emitted: { topic: string; record: OutgoingRecord }[] = []
  const applier = (): Applier => {
    const limits = { ...defaultLimits, idempotencyReplyBytesMax: 4, ...options.limits }
    const made = new Applier(shard, {
      nowMs,
      limits,
      parkedBounds: new ParkedBounds(shard, limits, options.whenFull ?? 'deadLetterOldest'),
      egresses: new Map([['out', 'out-topic']]),
      deadLetterTopic: 'dead',
      emit: (topic, record) => void emitted.push({ topic, record }),
      encodeOutcome: (reply) => utf8Encode(JSON.stringify(reply.ok ? utf8Decode(reply.payload!) : reply.code)),
      policyOf: () => ({ ...defaultFailurePolicy, attemptsMax: 3, ...options.policy }),
      retryDelayMs: (_, failures) => failures * 10,
    })
    made.actions.push = (...more) => actions.push(...more)
    return made
  }
  const deliver = (id: string, name: string, origin: MessageOrigin = { messageId: name }) =>
    applier().deliver('t/a', id, name, utf8Encode(name), origin)!
  const actor = (id: string) => shard.find(shard.tables[0]!, id)
  /** Sends what is in the lane, as the invoker does, and takes the result in. */
  const answer = (id: string, result: Partial<CallResult>): void => {
    const { lane } = actor(id)!
    shard.ready.take()
    lane!.queued = false
    lane!.inFlight = Math.min(lane!.messages.length, lane!.takeMax)
    applier().result(actor(id)!, { ...noEffects, ...result })
  }
  const lane = (id: string) => actor(id)?.lane?.messages.map(({ name, failures }) => [name, failures]) ?? []
  const emits = (topic: string) => emitted.flatMap((each) => (each.topic === topic ? [each.record] : []))
  const headers = (at = 0) =>
    Object.fromEntries((emits('dead')[at]?.headers ?? []).map(([name, value]) => [name, value && utf8Decode(value)]))
  return {
    shard,
    deliver,
    actor,
    answer,
    lane,
    emits,
    actions,
    applier,
    headers,
    wait: (ms: number) => void (nowMs += ms),
  }
}
