import { isMillraceError, MillraceError, messageOf } from '../model/errors.ts'
import { utf8Decode, utf8Encode } from '../model/bytes.ts'
import { recordMessageId } from '../model/message-id.ts'
import type { Route, RoutedMessage } from '../model/topology.ts'
import type { MessageOrigin } from '../shard/lane.ts'
import { readDeadLetter } from '../shard/read-dead-letter.ts'
import type { PlacedLetter } from './dead-letters.ts'

/** A message as it was before it failed, to be put into its lane once more. */
export interface LetterMessage {
  readonly typename: string
  readonly id: string
  readonly name: string
  readonly payload: Uint8Array | undefined
  readonly origin: MessageOrigin
}

/**
 * The messages that a dead letter is of. A letter keeps the record and not what a route made of it, so the record is routed
 * again, by the routes as they are now: the message at the same place has to go to the same address. A record that no route
 * could read is given to that route again, and may become several messages.
 * @throws ROUTE_INVALID where the routes of today make something else of the record, VALUE_INVALID for no dead letter
 */
export const messagesOfLetter = ({ partition, record }: PlacedLetter, routes: readonly Route[]): LetterMessage[] => {
  const place = `dead letter ${partition}/${record.offset}`
  const { code, address, message, origin } = readDeadLetter(record)
  if (code === undefined) throw new MillraceError('VALUE_INVALID', `${place} was not written by Millrace`)
  if (!origin.record || !origin.source) {
    if (address === undefined || message === undefined)
      throw new MillraceError('VALUE_INVALID', `${place} does not say for whom it was`)
    return [{ ...splitAddress(address), name: message, payload: record.value ?? undefined, origin }]
  }
  const routed = messagesAt(origin, routes, address === undefined, place)
  const messages = routed.map(({ typename, id, message: name, payload }, more) => {
    const messageId = more === 0 ? undefined : `${recordId(origin)}/${more}`
    return { typename, id: utf8Decode(utf8Encode(id)), name, payload, origin: { ...origin, messageId } }
  })
  const [first] = messages
  const made = first && `${first.typename}/${first.id}`
  if (first && (address === undefined || (made === address && first.name === message))) return messages
  const was = address === undefined ? 'a record that no route could read' : `${message} to ${address}`
  const now = first ? `${first.name} to ${made}` : 'nothing'
  const text = `${place} was ${was}; the routes of today make ${now} of its record: write the record again instead`
  throw new MillraceError('ROUTE_INVALID', text)
}

const recordId = ({ source, record, routeIndex = 0 }: MessageOrigin): string =>
  source && record ? recordMessageId(source.ingress, source.topic, source.partition, record.offset, routeIndex) : ''

/** Counts as the router does: a route that throws takes one place, and all that it makes now stands there. */
const messagesAt = (
  { source, record, routeIndex = 0 }: MessageOrigin,
  routes: readonly Route[],
  unread: boolean,
  place: string,
): readonly RoutedMessage[] => {
  let index = 0
  for (const route of routes) {
    if (!record || !source || route.ingress !== source.ingress) continue
    try {
      const routed = route.messagesOf(record, source.topic, source.partition)
      if (unread && routeIndex === index) return routed
      if (!unread && routeIndex < index + routed.length) return routed.slice(routeIndex - index, routeIndex - index + 1)
      index += routed.length
    } catch (error) {
      if (index++ < routeIndex) continue
      const why = isMillraceError(error) ? `${error.code}: ${error.message}` : messageOf(error)
      throw new MillraceError('ROUTE_INVALID', `${place}: no route can read its record still (${why})`)
    }
  }
  return []
}

const splitAddress = (address: string): { typename: string; id: string } => {
  const [namespace = '', name = '', ...id] = address.split('/')
  return { typename: `${namespace}/${name}`, id: id.join('/') }
}
