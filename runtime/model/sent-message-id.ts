import { HashInput } from './hash-input.ts'
import type { MessageId } from './message-id.ts'
import type { Hash128 } from './hash128.ts'

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
