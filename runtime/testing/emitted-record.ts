import { utf8Decode } from '../model/bytes.ts'
import { idOfKey } from '../model/record-key.ts'
import type { Headers, LogRecord } from '../model/record.ts'
import { decodeValue } from '../sdk/coding.ts'
import type { Egress } from '../sdk/egress.ts'

export type EmittedHeaders = ReadonlyArray<readonly [name: string, value: string | Uint8Array | null]>

/** A record that was written to an egress, as a consumer of the topic sees it. */
export interface EmittedRecord<T> {
  /** `bytes:` and hexadecimal digits where it is no UTF-8. */
  readonly key: string | null
  readonly value: T | null
  /** Left out where there are none. Values that are no UTF-8 are bytes. */
  readonly headers?: EmittedHeaders
}

export const emittedRecord = <T>(egress: Egress<T>, { key, value, headers }: LogRecord): EmittedRecord<T> => {
  const decoded = value === null ? null : decodeValue(egress.type, value, `egress ${egress.name}`)
  return {
    key: key && idOfKey(key),
    // T is what the egress's type reads.
    value: decoded as T | null,
    ...(headers.length > 0 && { headers: headersOf(headers) }),
  }
}

const headersOf = (headers: Headers): EmittedHeaders =>
  headers.map(([name, value]) => [name, value && textOrBytes(value)] as const)

const textOrBytes = (bytes: Uint8Array): string | Uint8Array => {
  try {
    return utf8Decode(bytes)
  } catch {
    return bytes
  }
}
