import { type Address, typenameOf } from '../model/address.ts'
import { MillraceError } from '../model/errors.ts'
import type { RoutedMessage } from '../model/topology.ts'
import { checkId, checkSize } from './check-size.ts'
import { decodePayload, encodePayload } from './coding.ts'
import type { DeclaredMessage } from './contract.ts'

const declared = Symbol('millrace.message')

/** An address and what is said to it: data, until something sends it. `R` is the reply that it is owed. */
export interface Message<R = void> {
  readonly to: Address
  readonly name: string
  readonly body: unknown
  readonly [declared]: DeclaredMessage
  readonly reply?: R
}

/** `account.at('bob').deposit`: makes a message when called, names where a reply goes when passed on. */
export interface Target<T, R = void> {
  readonly to: Address
  readonly messageName: string
  (...message: undefined extends T ? [message?: T] : [message: T]): Message<R>
}

/** A message of an actor type without an id, for routes that take the id from the record's key. */
export interface MessageType<T, R = void> {
  readonly typename: string
  readonly name: string
  readonly [declared]: DeclaredMessage
  readonly types?: [T, R]
}

export const makeMessage = (to: Address, message: DeclaredMessage, body: unknown): Message<unknown> => ({
  to,
  name: message.name,
  body,
  [declared]: message,
})

export const makeMessageType = (message: DeclaredMessage): MessageType<unknown, unknown> => ({
  typename: message.typename,
  name: message.name,
  [declared]: message,
})

const declarationOf = (message: Message<unknown> | MessageType<unknown, unknown>): DeclaredMessage => {
  const declaration = message[declared] as DeclaredMessage | undefined
  if (declaration !== undefined) return declaration
  throw new MillraceError('VALUE_INVALID', 'a message was copied or made by hand; make it as account.at(id).deposit(5)')
}

/** A message as it travels. Throws VALUE_INVALID or LIMIT_EXCEEDED, naming it as `bank/account.deposit`. */
export const encodeMessage = (message: Message<unknown>): RoutedMessage => {
  const { type, what } = declarationOf(message)
  checkId(message.to.id, what)
  return {
    typename: typenameOf(message.to),
    id: message.to.id,
    message: message.name,
    payload: checkSize(encodePayload(type, message.body, what), what),
  }
}

/** What a record's value says to a message type: for routes by key, whose value is the payload. */
export const encodeBody = (message: MessageType<unknown, unknown>, body: unknown): Uint8Array | undefined => {
  const { type, what } = declarationOf(message)
  return checkSize(encodePayload(type, body, what), what)
}

/** The reply to a message, from its bytes; undefined where none is owed. */
export const decodeReply = <R>(message: Message<R>, payload: Uint8Array | undefined): R => {
  const { replyType, what } = declarationOf(message)
  // R is what the declaration of this very message says.
  return (replyType === undefined ? undefined : decodePayload(replyType, payload, `${what} reply`)) as R
}
