import { type Address, addressOf, typenameOf } from '../model/address.ts'
import { durationMs } from '../model/duration.ts'
import { MillraceError } from '../model/errors.ts'
import type {
  BatchRequest,
  Call,
  CallMessage,
  CancelEffect,
  EmitEffect,
  SendEffect,
  SourceRef,
} from '../model/invocation.ts'
import { noHeaders } from '../model/record.ts'
import { recordMessageId } from '../model/message-id.ts'
import { checkId, checkSize } from './check-size.ts'
import type { CallStateSlots } from './call-state-slots.ts'
import { encodeValue, textOf, type What } from './coding.ts'
import type { Contract } from './contract.ts'
import type { EgressRecord, SendOptions, SourceRecord } from './context.ts'
import type { Egress } from './egress.ts'
import { encodeMessage, type Message, type Target } from './message.ts'
import { encodedCopy, encodedText } from './encoded-bytes.ts'
import type { ListSlot } from './state/list-slot.ts'
import type { MapSlot } from './state/map-slot.ts'
import type { StateSource, StateView } from './state/state-view.ts'
import type { ValueSlot } from './state/value-slot.ts'

/** The call that a message belongs to: where its effects go. */
export interface Recorder {
  readonly request: BatchRequest
  readonly call: Call
  readonly target: { readonly contract: Contract; readonly View: new (from: StateSource) => StateView }
  readonly slots: CallStateSlots
  send(effect: SendEffect | CancelEffect): void
  emit(effect: EmitEffect): void
  /** Called before an effect is added. Throws beyond a limit. */
  count(context: MessageContext, size: number): void
  what(message: CallMessage): string
}

/** `ctx` of one message. It records into the call that runs it, while the message runs. */
export class MessageContext implements StateSource {
  private readonly run: Recorder
  private readonly index: number
  private readonly message: CallMessage
  private view: StateView | undefined
  private over = false

  constructor(run: Recorder, index: number, message: CallMessage) {
    this.run = run
    this.index = index
    this.message = message
  }

  get id(): string {
    return this.run.call.id
  }

  get self(): Address {
    return addressOf(this.run.target.contract.typename, this.run.call.id)
  }

  get caller(): Address | undefined {
    const { caller } = this.message
    return caller && addressOf(caller.typename, caller.id)
  }

  get messageId(): string {
    const { messageId, record } = this.message
    if (messageId !== undefined || record === undefined) return messageId ?? ''
    const { ingress, topic } = this.source(record.source)
    return recordMessageId(ingress, topic, record.partition, record.offset, record.routeIndex)
  }

  get now(): Date {
    return new Date(this.run.request.nowMs)
  }

  get attempt(): number {
    return this.message.attempt
  }

  get record(): SourceRecord | undefined {
    const { record } = this.message
    if (record === undefined) return undefined
    const { partition, offset, timestampMs, key, headers } = record
    const { ingress, topic } = this.source(record.source)
    return { ingress, topic, partition, offset, timestamp: new Date(timestampMs), key, headers }
  }

  get state(): StateView {
    this.live()
    return (this.view ??= new this.run.target.View(this))
  }

  clear(): void {
    this.live()
    this.run.slots.clear()
  }

  send(message: Message<unknown>, options?: SendOptions & { readonly reply?: Target<unknown, unknown> }): void {
    this.live()
    const { typename, id, message: name, payload } = encodeMessage(message)
    const what = (): string => `${this.what} sends ${typename}.${name}`
    const { after, token, reply } = options ?? {}
    if (reply !== undefined) checkId(reply.to.id, what)
    this.run.count(this, (payload?.length ?? 0) + typename.length + 3 * id.length + name.length + 64)
    this.run.send({
      kind: 'send',
      from: this.index,
      typename,
      id,
      message: name,
      payload,
      delayMs: after === undefined ? undefined : durationMs(after, `${what()}: after`),
      token: token === undefined ? undefined : checkToken(token, what),
      replyTo: reply && { typename: typenameOf(reply.to), id: reply.to.id, message: reply.messageName },
    })
  }

  cancel(token: string): void {
    this.live()
    checkToken(token, () => `${this.what} cancels`)
    this.run.count(this, token.length * 3 + 16)
    this.run.send({ kind: 'cancel', from: this.index, token })
  }

  emit(to: Egress<unknown>, record: EgressRecord<unknown>): void {
    this.live()
    const what = (): string => `${this.what} emits to ${to.name}`
    const { key = null, value, headers, timestamp } = record
    const timestampMs = timestamp?.getTime()
    if (timestampMs !== undefined && !(Number.isSafeInteger(timestampMs) && timestampMs >= 0))
      throw new MillraceError('VALUE_INVALID', `${what()}: the timestamp is no time since 1970`)
    const emitted: EmitEffect = {
      from: this.index,
      egress: to.name,
      key: encoded(key),
      value: value === null ? null : checkSize(encodeValue(to.type, value, what), what),
      headers: headers?.length ? headers.map(encodedHeader) : noHeaders,
      timestampMs,
    }
    let size = (emitted.key?.length ?? 0) + (emitted.value?.length ?? 0) + 64
    for (const [name, text] of emitted.headers) size += 3 * name.length + (text?.length ?? 0) + 16
    this.run.count(this, size)
    this.run.emit(emitted)
  }

  /** From now on nothing can be recorded. */
  end(): void {
    this.over = true
  }

  live(): void {
    if (!this.over) return
    throw new MillraceError(
      'HANDLER_FAILED',
      `${this.what}: ctx was used after its handler had returned; await in the handler what uses it`,
    )
  }

  valueSlot(ordinal: number, unread?: boolean): ValueSlot {
    return this.run.slots.value(ordinal, unread)
  }

  listSlot(ordinal: number, unread?: boolean): ListSlot {
    return this.run.slots.list(ordinal, unread)
  }

  mapSlot(ordinal: number, unread?: boolean): MapSlot {
    return this.run.slots.map(ordinal, unread)
  }

  /** `bank/account.deposit` and the address, for errors. */
  get what(): string {
    return this.run.what(this.message)
  }

  private source(place: number): SourceRef {
    return this.run.request.sources[place]!
  }
}

const encodedHeader = ([name, text]: readonly [string, string | Uint8Array | null]) => [name, encoded(text)] as const

const encoded = (text: string | Uint8Array | null): Uint8Array | null =>
  typeof text === 'string' ? encodedText(text) : text && encodedCopy(text)

const tokenCharactersMax = 1024

const checkToken = (token: string, what: What): string => {
  if (typeof token === 'string' && token !== '' && token.length <= tokenCharactersMax) return token
  throw new MillraceError(
    'VALUE_INVALID',
    `${textOf(what)}: a token is a text of 1 to ${tokenCharactersMax} characters`,
  )
}
