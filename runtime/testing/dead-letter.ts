import { idOfKey } from '../model/record-key.ts'
import type { LogRecord } from '../model/record.ts'
import { readDeadLetter } from '../shard/read-dead-letter.ts'

/** What failed for good: a message, or a record that no route could read. */
export interface DeadLetter {
  /** As `HANDLER_FAILED`, `VALUE_INVALID`, or a TerminalError's own. */
  readonly code: string
  readonly error: string
  /** As `bank/account/bob`; undefined for a record that became no message. */
  readonly address: string | undefined
  /** The message's name, as `deposit`. */
  readonly message: string | undefined
  /** How often it was tried. */
  readonly attempts: number
  /** Undefined for what no record was behind. */
  readonly ingress: string | undefined
  readonly key: string | null
  /** The record's value, else the message's payload. */
  readonly value: Uint8Array | null
}

export const deadLetterFrom = (record: LogRecord): DeadLetter => {
  const { code = '', error = '', address, message, attempts, ingress } = readDeadLetter(record)
  const { key, value } = record
  return { code, error, address, message, attempts, ingress, key: key && idOfKey(key), value }
}
