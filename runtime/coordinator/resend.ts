import { exceedsBytes } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import type { Route } from '../model/topology.ts'
import { LaneMessage } from '../shard/lane.ts'
import { readDeadLetter } from '../shard/read-dead-letter.ts'
import type { PlacedLetter } from './dead-letters.ts'
import { messagesOfLetter, type LetterMessage } from './letter-messages.ts'
import type { Operator } from './operator.ts'

export interface ResendOptions {
  /** The operator knows that later messages of the address have been processed already. */
  readonly outOfOrder: boolean
  /** Before all that waits for an address that is parked or paused; the letters in the order in which they are given. */
  readonly first: boolean
}

/** What became of one letter: `again` where it had been sent once more before, which changes nothing. */
export interface Resent {
  readonly partition: number
  readonly offset: number
  readonly again: boolean
  /** Where it went. */
  readonly addresses: readonly string[]
}

interface Letter {
  readonly placed: PlacedLetter
  readonly scope: string
  readonly messages: readonly LetterMessage[]
}

/**
 * Sends dead letters to their addresses once more, all of them in one window or none. Once each: the letter's place is an
 * idempotency key, kept as long as those of clients. Order is kept only by a letter that its address, still parked since,
 * had no room for, and that goes back before what waits; for every other one the operator has to accept that later messages
 * have been processed.
 * @throws ORDER_LOST, ADDRESS_NOT_STOPPED, FUNCTION_UNKNOWN, ROUTE_INVALID, VALUE_INVALID, LIMIT_EXCEEDED
 */
export class Resend {
  private readonly topic: string
  private readonly routes: readonly Route[]
  private readonly retentionMs: number

  constructor(topic: string, routes: readonly Route[], retentionMs: number) {
    this.topic = topic
    this.routes = routes
    this.retentionMs = retentionMs
  }

  send(operator: Operator, placed: readonly PlacedLetter[], options: ResendOptions): readonly Resent[] {
    const { shard, nowMs } = operator
    const letters = placed.map((each) => ({
      placed: each,
      scope: JSON.stringify(['dead-letter', this.topic, each.partition, each.record.offset]),
      messages: messagesOfLetter(each, this.routes),
    }))
    const fresh = letters.filter(({ scope }, at) => {
      const isFirst = letters.findIndex((other) => other.scope === scope) === at
      return isFirst && !shard.requests.get(scope)
    })
    for (const letter of fresh) this.check(operator, letter, options)
    const { idempotencyKeysMax } = operator.limits
    if (shard.requests.size + fresh.length > idempotencyKeysMax)
      throw new MillraceError('LIMIT_EXCEEDED', `too many idempotency keys are being kept (limits.idempotencyKeysMax)`)
    // What is put first last stands first.
    for (const { scope, messages } of options.first ? fresh.toReversed() : fresh) {
      shard.beginRequest({ scope, fingerprint: '', expiresAtMs: nowMs + this.retentionMs, reply: undefined })
      shard.settleRequest(scope, { ok: true, payload: undefined })
      for (const message of options.first ? messages.toReversed() : messages) this.deliver(operator, message, options)
    }
    return letters.map((letter) => ({
      partition: letter.placed.partition,
      offset: letter.placed.record.offset,
      again: !fresh.includes(letter),
      addresses: letter.messages.map(({ typename, id }) => `${typename}/${id}`),
    }))
  }

  private deliver(operator: Operator, message: LetterMessage, { first }: ResendOptions): void {
    const { shard, applier } = operator
    const { typename, id, name, payload, origin } = message
    if (first) shard.enqueueFirst(new LaneMessage(shard.actor(operator.table(typename), id), name, payload, origin))
    else applier.deliver(typename, id, name, payload, origin)
  }

  private check(operator: Operator, letter: Letter, options: ResendOptions): void {
    for (const message of letter.messages) {
      const { typename, id, payload } = message
      const table = operator.table(typename)
      const address = `${typename}/${id}`
      const { valueBytesMax, idBytesMax } = operator.limits
      if ((payload?.length ?? 0) > valueBytesMax || exceedsBytes(id, idBytesMax)) {
        const which = `${placeOf(letter.placed)}, ${message.name} to ${address.slice(0, 200)}, is`
        throw new MillraceError('LIMIT_EXCEEDED', `${which} beyond limits.valueBytesMax or limits.idBytesMax`)
      }
      if (options.first) operator.checkRoomFirst(table, id)
      if (options.outOfOrder || (options.first && this.keepsOrder(operator, letter, message))) continue
      throw new MillraceError('ORDER_LOST', orderLost(letter.placed, address, options.first))
    }
  }

  /** Nothing of the address has been processed since it gave this message up, and nothing was put before it since. */
  private keepsOrder({ shard }: Operator, { placed }: Letter, { typename, id }: LetterMessage): boolean {
    const { parkedSinceMs } = readDeadLetter(placed.record)
    const table = shard.table(typename)
    const actor = table && shard.find(table, id)
    if (parkedSinceMs === undefined || actor?.stop?.parked?.sinceMs !== parkedSinceMs) return false
    return !actor.lane?.messages.some(({ first }) => first)
  }
}

const placeOf = ({ partition, record }: PlacedLetter): string => `dead letter ${partition}/${record.offset}`

const orderLost = (placed: PlacedLetter, address: string, first: boolean): string =>
  `${placeOf(placed)} cannot keep its place: later messages of ${address} have been processed since, or may have been. ` +
  `Send it with --out-of-order if its actor can take it now${first ? '' : ', or, where the address has been parked since, with --first'}`
