import { exceedsBytes } from '../model/bytes.ts'
import type { Limits } from '../model/limits.ts'
import { keyedMessageId } from '../model/message-id.ts'
import { RandomIds, type Random } from '../ports/random.ts'
import type { Applier } from '../shard/apply.ts'
import type { ParkedBounds } from '../shard/parked-bounds.ts'
import type { RequestReply } from '../shard/requests.ts'
import type { Shard } from '../shard/shard.ts'
import type { AfterCommit } from './open-window.ts'

/** A message from outside. */
export interface OutsideRequest {
  readonly kind: 'send' | 'call'
  readonly typename: string
  readonly id: string
  readonly message: string
  readonly payload: Uint8Array | undefined
  readonly idempotencyKey: string | undefined
  /** Of the payload: tells another body under the same key. Empty where there is no key. */
  readonly fingerprint: string
  /** Called once, when what it says is durable. */
  readonly answer: (answer: RequestAnswer) => void
}

export type RequestAnswer =
  | { readonly kind: 'accepted'; readonly messageId: string }
  | { readonly kind: 'replied'; readonly reply: RequestReply }
  | { readonly kind: 'refused'; readonly why: Refusal; readonly message: string }

export type Refusal = 'unknown' | 'busy' | 'unavailable' | 'key-reused' | 'keys-full' | 'too-large'

/** Takes messages from outside in, once for each idempotency key, and answers when their window is committed (rule 6). */
export class Requests {
  private readonly shard: Shard
  private readonly limits: Limits
  private readonly parkedBounds: ParkedBounds
  private readonly retentionMs: number
  private readonly ids: RandomIds
  /** Those who wait for a reply. */
  private readonly waiting = new Map<string, OutsideRequest[]>()
  /** Set while nothing from outside may be taken in. */
  refusing: { readonly why: Refusal; readonly message: string } | undefined

  constructor(shard: Shard, limits: Limits, parkedBounds: ParkedBounds, retentionMs: number, random: Random) {
    this.shard = shard
    this.limits = limits
    this.parkedBounds = parkedBounds
    this.retentionMs = retentionMs
    this.ids = new RandomIds(random)
  }

  get count(): number {
    return this.waiting.size
  }

  /** Answers what to do once the present window is committed. */
  begin(request: OutsideRequest, applier: Applier, nowMs: number): AfterCommit | undefined {
    const refused = this.refusing ?? this.refusal(request)
    if (refused) {
      request.answer({ kind: 'refused', ...refused })
      return undefined
    }
    const { typename, id, message, payload, idempotencyKey } = request
    if (idempotencyKey === undefined) {
      const messageId = this.ids.next()
      const scope = request.kind === 'call' ? `~${messageId}` : undefined
      applier.deliver(typename, id, message, payload, { messageId, request: scope })
      return this.later(request, scope, messageId)
    }
    const scope = JSON.stringify([typename, id, message, idempotencyKey])
    const messageId = keyedMessageId(typename, id, message, idempotencyKey)
    const known = this.shard.requests.get(scope)
    if (!known) {
      if (this.shard.requests.size >= this.limits.idempotencyKeysMax) {
        const why = 'too many idempotency keys are being kept (limits.idempotencyKeysMax)'
        request.answer({ kind: 'refused', why: 'keys-full', message: why })
        return undefined
      }
      const expiresAtMs = nowMs + this.retentionMs
      this.shard.beginRequest({ scope, fingerprint: request.fingerprint, expiresAtMs, reply: undefined })
      applier.deliver(typename, id, message, payload, { messageId, request: scope })
      return this.later(request, scope, messageId)
    }
    if (known.fingerprint !== request.fingerprint) {
      const why = 'this Idempotency-Key was used with another body'
      request.answer({ kind: 'refused', why: 'key-reused', message: why })
      return undefined
    }
    const { reply } = known
    if (request.kind === 'call' && reply) return () => request.answer({ kind: 'replied', reply })
    return this.later(request, scope, messageId)
  }

  private later(request: OutsideRequest, scope: string | undefined, messageId: string): AfterCommit | undefined {
    if (request.kind === 'send') return () => request.answer({ kind: 'accepted', messageId })
    if (scope !== undefined) this.waiting.set(scope, [...(this.waiting.get(scope) ?? []), request])
    return undefined
  }

  private refusal(request: OutsideRequest): { why: Refusal; message: string } | undefined {
    const { shard, limits } = this
    const { typename, id, payload } = request
    if (!shard.table(typename))
      return { why: 'unknown', message: `no function ${typename} is bound in this application` }
    if (exceedsBytes(id, limits.idBytesMax))
      return { why: 'too-large', message: `the id is longer than ${limits.idBytesMax} bytes (limits.idBytesMax)` }
    if ((payload?.length ?? 0) > limits.valueBytesMax)
      return { why: 'too-large', message: `the payload is beyond ${limits.valueBytesMax} bytes (limits.valueBytesMax)` }
    const full = shard.pendingMessages >= limits.pendingMessagesMax || shard.pendingBytes >= limits.pendingBytesMax
    if (full || this.waiting.size >= limits.httpRequestsMax)
      return { why: 'busy', message: 'too many messages are waiting to be processed' }
    return this.laneRefusal(typename, id)
  }

  private laneRefusal(typename: string, id: string): { why: Refusal; message: string } | undefined {
    const { shard, limits, parkedBounds } = this
    const table = shard.table(typename)
    const actor = table && shard.find(table, id)
    const busy = (why: string): { why: Refusal; message: string } => ({ why: 'busy', message: why })
    if (actor?.isStopped ?? table?.pausedSinceMs !== undefined) {
      const state = (actor?.isPaused ?? true) ? 'paused' : 'parked'
      const waits = `too many messages are waiting for ${typename}/${id}, which is ${state}`
      const isFull = actor ? parkedBounds.holds(actor) && parkedBounds.isFull(actor) : parkedBounds.full
      return isFull
        ? busy(`${waits} (limits.laneMessagesMax, limits.parkedMessagesMax, limits.parkedBytesMax)`)
        : undefined
    }
    if ((actor?.lane?.messages.length ?? 0) < limits.laneMessagesMax) return undefined
    return busy(`too many messages are waiting for ${typename}/${id} (limits.laneMessagesMax)`)
  }

  /** A request has ended: what to tell those who wait for it, once the window that says so is committed. */
  ended(scope: string, reply: RequestReply): AfterCommit | undefined {
    const waiting = this.waiting.get(scope)
    if (!waiting) return undefined
    this.waiting.delete(scope)
    return () => {
      for (const request of waiting) request.answer({ kind: 'replied', reply })
    }
  }

  /** Its client waits no longer. The work goes on. */
  forsake(request: OutsideRequest): void {
    for (const [scope, waiting] of this.waiting) {
      if (!waiting.includes(request)) continue
      const others = waiting.filter((other) => other !== request)
      if (others.length > 0) this.waiting.set(scope, others)
      else this.waiting.delete(scope)
    }
  }

  /** Forgets answered keys whose time is over. */
  expire(nowMs: number): void {
    for (const { scope } of [...this.shard.requests.expired(nowMs)]) this.shard.forgetRequest(scope)
  }
}
