/** Headers of a record in their order; a name may come more than once. */
export type Headers = ReadonlyArray<readonly [name: string, value: Uint8Array | null]>

/** A record as it lies in a partition of a log. Times are milliseconds since 1970. */
export interface LogRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
}

/** Where a record came from. Together with a route's index it names a message for ever. */
export interface RecordOrigin {
  readonly ingress: string
  readonly topic: string
  readonly partition: number
  readonly record: LogRecord
}

/** A record on its way out. A null key is spread round robin. */
export interface OutgoingRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
  /** Undefined: the time of the window that holds it. */
  readonly timestampMs: number | undefined
}

export const noHeaders: Headers = []
