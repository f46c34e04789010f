import type { Hash128 } from './hash128.ts'
import { murmur3 } from './murmur3.ts'

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

/** Of a message from outside with an idempotency key. */
export const keyedMessageId = (typename: string, id: string, message: string, key: string): string =>
  murmur3(JSON.stringify([typename, id, message, key]))
