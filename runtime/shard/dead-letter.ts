import { utf8Encode } from '../model/bytes.ts'
import type { OutgoingRecord } from '../model/record.ts'
import type { Failure, Undeliverable } from './actions.ts'

/**
 * The record that tells of a failure: the original key, value and headers where a record was behind it, else the id and
 * the payload; what went wrong and where it came from stands in headers that begin with `millrace-`.
 */
export const deadLetterOf = (failed: Undeliverable, failure: Failure): OutgoingRecord => {
  const { record, source, caller, request } = failed.origin
  const notes: readonly (readonly [string, string | number | undefined])[] = [
    ['error-code', failure.code],
    ['error', failure.message.slice(0, 4_096)],
    ['address', failed.address],
    ['message', failed.name],
    ['message-id', failed.messageId],
    ['attempts', failed.attempts],
    ['parked-since', failure.parkedSinceMs],
    ['ingress', source?.ingress],
    ['topic', source?.topic],
    ['partition', source?.partition],
    ['offset', record?.offset],
    ['route-index', record && failed.origin.routeIndex],
    ['timestamp', record?.timestampMs],
    ['caller', caller && `${caller.typename}/${caller.id}`],
    ['request', request === undefined ? undefined : 'http'],
  ]
  const said = notes.flatMap(([name, value]) =>
    value === undefined ? [] : [[`millrace-${name}`, utf8Encode(String(value))] as const],
  )
  return {
    key: record ? record.key : failed.address === undefined ? null : utf8Encode(failed.address),
    value: record ? record.value : (failed.payload ?? null),
    headers: [...(record?.headers ?? []), ...said],
    timestampMs: undefined,
  }
}
