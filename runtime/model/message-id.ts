import { murmur3 } from './hash.ts'

// A message's id is equal through retries, crashes and take-over, so that calls to the outside can be made idempotent.

/** Of the message that route number `routeIndex` made of a record. */
export const recordMessageId = (
  ingress: string,
  topic: string,
  partition: number,
  offset: number,
  routeIndex: number,
): string => `${ingress}/${topic}/${partition}/${offset}/${routeIndex}`

/** Of the send number `index` of the message `parentId`. Hashed, since chains of sends have no end. */
export const sentMessageId = (parentId: string, index: number): string => murmur3(`${parentId}>${index}`)

/** Of a message from outside with an idempotency key. */
export const keyedMessageId = (typename: string, id: string, message: string, key: string): string =>
  murmur3(JSON.stringify([typename, id, message, key]))
