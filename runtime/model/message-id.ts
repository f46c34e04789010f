import { Hash128, HashInput, murmur3 } from './hash.ts'

// A message's id is equal through retries, crashes and take-over, so that calls to the outside can be made idempotent.

/** A message's id. What an actor sent has a hash, which is made text only for those who look at it. */
export type MessageId = string | Hash128

/** Of the message that route number `routeIndex` made of a record. */
export const recordMessageId = (
  ingress: string,
  topic: string,
  partition: number,
  offset: number,
  routeIndex: number,
): string => `${ingress}/${topic}/${partition}/${offset}/${routeIndex}`

const input = new HashInput()

/** Of the send number `index` of the message `parentId`. Hashed, since chains of sends have no end. */
export const sentMessageId = (parentId: MessageId, index: number): Hash128 => {
  const begun = typeof parentId === 'string' ? input.text(parentId) : input.hash(parentId)
  return begun.text('>').number(index).murmur3()
}

/** `sentMessageId` of a message that a route made of a record, without its id. */
export const sentMessageIdOfRecord = (
  ingress: string,
  topic: string,
  partition: number,
  offset: number,
  routeIndex: number,
  index: number,
): Hash128 => {
  input.text(ingress).text('/').text(topic).text('/').number(partition).text('/').number(offset)
  return input.text('/').number(routeIndex).text('>').number(index).murmur3()
}

/** Of a message from outside with an idempotency key. */
export const keyedMessageId = (typename: string, id: string, message: string, key: string): string =>
  murmur3(JSON.stringify([typename, id, message, key]))
