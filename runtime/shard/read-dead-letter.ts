import { utf8Decode } from '../model/bytes.ts'
import type { LogRecord } from '../model/record.ts'
import type { MessageOrigin } from './lane.ts'

/** What a dead letter tells: what dead-letter.ts has written. */
export interface DeadLetterNotes {
  /** As `HANDLER_FAILED`; undefined where the record is no dead letter of this application. */
  readonly code: string | undefined
  readonly error: string | undefined
  /** As `bank/account/bob`; undefined for a record that became no message. */
  readonly address: string | undefined
  readonly message: string | undefined
  readonly messageId: string | undefined
  readonly attempts: number
  readonly ingress: string | undefined
  /** Of a message that a parked address had no room for. */
  readonly parkedSinceMs: number | undefined
  /** Where the message came from, and the record behind it as it was. */
  readonly origin: MessageOrigin
}

const prefix = 'millrace-'

export const readDeadLetter = ({ key, value, headers }: LogRecord): DeadLetterNotes => {
  // The record's own headers come first, whatever they are called.
  const begin = headers.findLastIndex(([name]) => name === `${prefix}error-code`)
  const notes = new Map(begin < 0 ? [] : headers.slice(begin))
  const note = (name: string): string | undefined => {
    const bytes = notes.get(prefix + name)
    return bytes ? utf8Decode(bytes) : undefined
  }
  const numberOf = (name: string): number | undefined => {
    const text = note(name)
    return text === undefined ? undefined : Number(text)
  }
  const [ingress, topic, partition, offset] = [
    note('ingress'),
    note('topic'),
    numberOf('partition'),
    numberOf('offset'),
  ]
  const caller = /^([^/]*\/[^/]*)\/([^]*)$/.exec(note('caller') ?? '')
  const messageId = note('message-id')
  const fromRecord = ingress !== undefined && topic !== undefined && partition !== undefined && offset !== undefined
  return {
    code: note('error-code'),
    error: note('error'),
    address: note('address'),
    message: note('message'),
    messageId,
    attempts: numberOf('attempts') ?? 0,
    ingress,
    parkedSinceMs: numberOf('parked-since'),
    origin: fromRecord
      ? {
          source: { ingress, topic, partition },
          routeIndex: numberOf('route-index') ?? 0,
          record: { offset, timestampMs: numberOf('timestamp') ?? 0, key, value, headers: headers.slice(0, begin) },
        }
      : { messageId, caller: caller ? { typename: caller[1] ?? '', id: caller[2] ?? '' } : undefined },
  }
}
