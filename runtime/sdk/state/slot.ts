import { equalBytes } from '../../model/bytes.ts'
import type { Mutation } from '../../model/state-cells.ts'
import { checkSize } from '../check-size.ts'
import { decodeValue, encodeValue } from '../coding.ts'
import type { DeclaredState } from '../contract.ts'
import type { Type } from '../type.ts'

/**
 * One state of one address during one call, which may run many messages. What a message changes stays apart until it has
 * succeeded: `prepare` encodes it, and may throw; `apply` makes it the ground for the next message. After a message that failed
 * only `finish` is called, which knows of nothing that was not applied.
 */
export interface Slot {
  /** Encodes what the message changed, what it changed in place included; answers its size in bytes. */
  prepare(): number
  apply(): void
  /** Unsets the state, within the message. */
  clear(): void
  /** Adds what changed in all messages of the call. `state` is the ordinal in the request. */
  finish(mutations: Mutation[], state: number): void
}

/** Of what was read: only an object can be changed in place. */
export const canChangeInPlace = (value: unknown): boolean =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/**
 * True where what was only read still stands as it was. Bytes may differ though nothing was changed: another writer's key
 * order, a default that the schema adds. Where writes prolong a state's life such a thing must not pass for a write.
 */
export const isUnchanged = ({ type, what, expiry }: DeclaredState, bytes: Uint8Array, before: Uint8Array): boolean =>
  equalBytes(bytes, before) ||
  (expiry?.since === 'write' && equalBytes(bytes, encodeValue(type, decodeValue(type, before, what), what)))

/** One cell's bytes. */
export const encodeCell = (type: Type<unknown>, value: unknown, what: string): Uint8Array =>
  checkSize(encodeValue(type, value, what), what)
