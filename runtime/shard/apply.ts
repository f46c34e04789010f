import { errorCodes } from '../model/errors.ts'
import type { FailurePolicy } from '../model/function-spec.ts'
import type { CallFailure, CallResult, IncompleteCall, ReplyTarget } from '../model/invocation.ts'
import type { Limits } from '../model/limits.ts'
import type { OutgoingRecord } from '../model/record.ts'
import { sentMessageId } from '../model/sent-message-id.ts'
import type { Mutation } from '../model/state-cells.ts'
import type { Action, Failure, Undeliverable } from './actions.ts'
import type { Actor, ActorMessage } from './actor.ts'
import { deadLetterOf } from './dead-letter.ts'
import { allMessages, LaneMessage, type MessageOrigin } from './lane.ts'
import type { ParkedBounds } from './parked-bounds.ts'
import { Inspection } from './refusal.ts'
import type { RequestReply } from './requests.ts'
import type { Shard } from './shard.ts'

/** What applying needs to know of the world; all of it is data or pure. */
export interface ApplyContext {
  readonly nowMs: number
  readonly limits: Limits
  /** Topics by egress name. */
  readonly egresses: ReadonlyMap<string, string>
  readonly deadLetterTopic: string
  /** Takes a record into what the window publishes; valid only during the call. */
  readonly emit: (topic: string, record: OutgoingRecord) => void
  readonly encodeOutcome: (reply: RequestReply) => Uint8Array
  readonly parkedBounds: ParkedBounds
  readonly policyOf: (typename: string) => FailurePolicy
  /** How long to wait before the try after so many failures. */
  readonly retryDelayMs: (policy: FailurePolicy, failures: number) => number
}

interface Move {
  /** The ordinal of the present version. */
  readonly to: number
  /** When the older version was to expire; 0: never. */
  readonly expiresAtMs: number
}
const noMoves: readonly Move[] = []

/** The states that these mutations move from an older version to the present one. */
const movesOf = (actor: Actor, mutations: readonly Mutation[]): readonly Move[] =>
  mutations.flatMap(({ op, state }) => {
    const to = actor.table.successors[state]
    return op === 'clear' && to !== undefined ? { to, expiresAtMs: actor.expiresAtMs?.[state] ?? 0 } : []
  })

/** Takes effects into the shard: results of handlers, messages from anywhere, delayed messages that are due. */
export class Applier {
  private readonly shard: Shard
  private readonly context: ApplyContext
  private readonly inspection: Inspection
  readonly actions: Action[] = []
  /** Stopped addresses that may have more messages than may wait, while that is looked into. */
  private readonly crowded: Actor[] = []

  constructor(shard: Shard, context: ApplyContext) {
    this.shard = shard
    this.context = context
    this.inspection = new Inspection(context.limits, context.egresses)
  }

  /** What became of the messages that are in flight for `actor`. */
  result(actor: Actor, result: CallResult): void {
    const { lane } = actor
    if (!lane) return
    const refusal = this.inspection.refusalOf(actor, result)
    if (refusal) return this.refused(actor, refusal)
    const { index: done } = result.failed ?? result.incomplete ?? { index: lane.inFlight }
    const answered = lane.messages.slice(0, done)
    const culprit = result.failed && lane.messages[result.failed.index]
    this.effects(actor, answered, result)
    let reply = 0
    for (let index = 0; index < answered.length; index++) {
      const message = answered[index]!
      const { replyTo, request } = message.origin
      if (replyTo || request !== undefined) {
        // Replies come in the order of their messages.
        while ((result.replies[reply]?.from ?? Infinity) < index) reply++
        const owed = result.replies[reply]?.from === index ? result.replies[reply]?.payload : undefined
        this.reply(message.origin, message.messageId, { ok: true, payload: owed })
      }
      this.shard.complete(message)
    }
    if (result.incomplete) this.lacks(actor, result.incomplete)
    else {
      lane.takeMax = allMessages
      lane.lacking = undefined
    }
    if (culprit && result.failed) this.failed(culprit, result.failed)
    this.shard.settle(actor)
  }

  /** The call is made again at once with what it lacked: nobody has failed, so nothing is counted and nothing waits. */
  private lacks(actor: Actor, incomplete: IncompleteCall): void {
    actor.lane?.lacking?.note(incomplete)
    for (const missing of incomplete.missing) actor.ask(missing)
  }

  /** A result that breaks a limit: one message alone is to blame, so they go out one by one until it is found. */
  private refused(actor: Actor, failure: Failure): void {
    const { lane } = actor
    if (!lane) return
    const [first] = lane.messages
    if (lane.inFlight === 1 && first) this.failed(first, { ...failure, index: 0, terminal: true })
    lane.takeMax = lane.inFlight === 1 ? allMessages : 1
    this.shard.settle(actor)
  }

  private effects(actor: Actor, messages: readonly ActorMessage[], result: CallResult): void {
    const { shard, context } = this
    if (result.mutations.length > 0) this.mutate(actor, result.mutations)
    if (actor.table.expiry.length > 0) this.expiries(actor, result.mutations)
    let sends = 0
    let from = -1
    let caller: MessageOrigin['caller']
    for (const effect of result.sends) {
      if (effect.from !== from) sends = 0
      from = effect.from
      if (effect.kind === 'cancel') {
        const delayed = shard.timers.withToken(actor, effect.token)
        if (delayed) shard.undelay(delayed.timer)
        continue
      }
      const { typename, id, message, payload, token, replyTo } = effect
      const messageId = messages[from]?.sentId(sends) ?? sentMessageId('', sends)
      sends++
      caller ??= { typename: actor.table.typename, id: actor.id }
      const origin = { messageId, caller, replyTo }
      if (effect.delayMs === undefined) {
        this.deliver(typename, id, message, payload, origin)
        continue
      }
      const replaced = token === undefined ? undefined : shard.timers.withToken(actor, token)
      if (replaced) shard.undelay(replaced.timer)
      const dueMs = context.nowMs + effect.delayMs
      shard.delay({ timer: shard.nextTimer(), sender: actor, dueMs, token, typename, id, message, payload, origin })
    }
    for (const record of result.emits) {
      const topic = context.egresses.get(record.egress) ?? context.deadLetterTopic
      context.emit(topic, record)
    }
  }

  private mutate(actor: Actor, mutations: readonly Mutation[]): void {
    const moves = actor.table.successors.length > 0 ? movesOf(actor, mutations) : noMoves
    this.shard.mutate(actor, mutations)
    for (const { to, expiresAtMs } of moves)
      if (expiresAtMs > 0 && actor.view(to)) this.shard.expireAt(actor, to, expiresAtMs)
  }

  /** State that is changed by hand; as if a handler had. */
  edit(actor: Actor, mutations: readonly Mutation[]): void {
    this.mutate(actor, mutations)
    if (actor.table.expiry.length > 0) this.expiries(actor, mutations)
  }

  private expiries(actor: Actor, mutations: readonly Mutation[]): void {
    const { successors } = actor.table
    actor.table.expiry.forEach((expiry, ordinal) => {
      if (!expiry) return
      // Up to there the state was set anew under this version, which is no write: see model/state-cells.
      const moved =
        successors.length === 0
          ? -1
          : mutations.findLastIndex(({ op, state }) => op === 'clear' && successors[state] === ordinal)
      const written = mutations.some(({ state }, place) => place > moved && state === ordinal)
      if ((expiry.since === 'call' || written) && actor.view(ordinal))
        this.shard.expireAt(actor, ordinal, this.context.nowMs + expiry.afterMs)
    })
  }

  private reply(origin: MessageOrigin, messageId: string, reply: RequestReply): void {
    if (origin.request !== undefined) {
      this.shard.settleRequest(origin.request, this.kept(reply))
      this.actions.push({ kind: 'answer', request: origin.request, reply })
    }
    if (origin.replyTo) this.replyTo(origin.replyTo, messageId, reply)
  }

  private replyTo(target: ReplyTarget, parentId: string, reply: RequestReply): void {
    const messageId = sentMessageId(parentId, -1)
    const outcome = this.context.encodeOutcome(reply)
    this.deliver(target.typename, target.id, target.message, outcome, { messageId })
  }

  private kept(reply: RequestReply): RequestReply {
    const { idempotencyReplyBytesMax: max } = this.context.limits
    if (!reply.ok || (reply.payload?.length ?? 0) <= max) return reply
    const message = `the reply had more than ${max} bytes (limits.idempotencyReplyBytesMax) and was not kept`
    return { ok: false, code: 'LIMIT_EXCEEDED', message }
  }

  private failed(message: ActorMessage, failure: CallFailure): void {
    const policy = this.context.policyOf(message.actor.table.typename)
    const failures = message.failures + 1
    if (!failure.terminal && failures < policy.attemptsMax) {
      this.count(message.actor, failure.code, 'retried')
      const dueMs = this.context.nowMs + this.context.retryDelayMs(policy, failures)
      return this.shard.retry(message, failures, dueMs)
    }
    if (policy.onFailure === 'park' && !isVerdict(failure)) return this.park(message, failure, failures)
    message.failures = failures
    this.giveUp(message, failure)
  }

  /** Sends a message to the dead letters instead of trying it again. */
  giveUp(message: ActorMessage, failure: Failure): void {
    this.count(message.actor, failure.code, 'dead-letter')
    this.fail(message, failure)
  }

  private count(actor: Actor, code: string, outcome: 'retried' | 'parked' | 'dead-letter'): void {
    this.actions.push({ kind: 'failed', typename: actor.table.typename, code, outcome })
  }

  /** Stops the address at this message. Where there is no room for what waits there, the message is given up instead. */
  private park(message: ActorMessage, { code, message: text }: Failure, failures: number): void {
    const { shard, context } = this
    const { actor } = message
    if (!context.parkedBounds.holds(actor) && !context.parkedBounds.hasRoomFor(actor)) {
      message.failures = failures
      return this.giveUp(message, { code: parkedFull, message: noRoom(`it failed with ${code}: ${text}`) })
    }
    this.count(actor, code, 'parked')
    shard.retry(message, failures, 0)
    shard.park(actor, { code, message: text.slice(0, parkedTextMax), sinceMs: context.nowMs })
  }

  /** Gives up the oldest messages of a stopped address that has more than may wait, unless intake is held for it. */
  private makeRoom(actor: Actor): void {
    // Giving one up may answer an actor that is stopped too: what is under way comes to it, however many there are.
    if (this.crowded.push(actor) > 1) return
    const { parkedBounds } = this.context
    for (const { lane, stop } of this.crowded) {
      if (!lane) continue
      for (let oldest = lane.messages[0]; oldest; oldest = lane.messages[0]) {
        if (parkedBounds.holds(oldest.actor) || !parkedBounds.isBeyond(oldest.actor)) break
        const why =
          stop?.parked && oldest.failures > 0 ? `it failed with ${stop.parked.code}: ${stop.parked.message}` : ''
        this.giveUp(oldest, { code: parkedFull, message: noRoom(why), parkedSinceMs: stop?.parked?.sinceMs })
      }
    }
    this.crowded.length = 0
  }

  /** The request with the first message of `actor`, and no other, failed as a whole. */
  requestFailed(actor: Actor, failure: CallFailure): void {
    const first = actor.lane?.messages[0]
    if (!first) return
    this.failed(first, failure)
    if (actor.lane) this.shard.settle(actor)
  }

  /** The end of a message that cannot succeed. */
  private fail(message: ActorMessage, failure: Failure): void {
    const { actor, name, payload, origin, messageId, failures: attempts } = message
    const address = `${actor.table.typename}/${actor.id}`
    // Its reply may come back to this address and push out its oldest message, which this one must not be any more.
    this.shard.complete(message)
    this.undeliverable({ address, name, payload, origin, messageId, attempts }, failure)
  }

  /** A record that no route could read, or a message whose target nobody serves. */
  undeliverable(failed: Undeliverable, failure: Failure): void {
    const record = deadLetterOf(failed, failure)
    this.context.emit(this.context.deadLetterTopic, record)
    const { code, message } = failure
    this.reply(failed.origin, failed.messageId, { ok: false, code, message })
  }

  /** Puts a message into the lane of its address. */
  deliver(
    typename: string,
    id: string,
    name: string,
    payload: Uint8Array | undefined,
    origin: MessageOrigin,
  ): Actor | undefined {
    const table = this.shard.table(typename)
    if (table) {
      const actor = this.shard.actor(table, id)
      this.deliverTo(actor, name, payload, origin)
      return actor
    }
    const address = `${typename}/${id}`
    const message = `no function ${typename} is bound in this application: add it to an endpoint in functions`
    const failed = { address, name, payload, origin, messageId: String(origin.messageId ?? ''), attempts: 0 }
    this.actions.push({ kind: 'failed', typename, code: 'FUNCTION_UNKNOWN', outcome: 'dead-letter' })
    this.undeliverable(failed, { code: 'FUNCTION_UNKNOWN', message })
    return undefined
  }

  deliverTo(actor: Actor, name: string, payload: Uint8Array | undefined, origin: MessageOrigin): void {
    this.shard.enqueue(new LaneMessage(actor, name, payload, origin))
    if (actor.lane?.stopped) this.makeRoom(actor)
  }

  /** Delivers every delayed message that is due, in the order of (due, insertion). */
  fireTimers(): void {
    for (;;) {
      const delayed = this.shard.timers.due(this.context.nowMs)
      if (!delayed) return
      this.shard.undelay(delayed.timer)
      this.deliver(delayed.typename, delayed.id, delayed.message, delayed.payload, delayed.origin)
    }
  }
}

/** The code of a dead letter that a parked address had no room for. */
const parkedFull = 'PARKED_FULL'
const parkedTextMax = 1_000

const noRoom = (why: string): string =>
  `there was no more room for messages of parked addresses (limits.laneMessagesMax, limits.parkedMessagesMax, limits.parkedBytesMax)${why && `; ${why}`}`

/** A handler has decided that this message shall not be processed (a TerminalError): nothing is broken, so nothing waits. */
const isVerdict = ({ terminal, code }: CallFailure): boolean => terminal && !Object.hasOwn(errorCodes, code)
