/**
 * A bucket, seen from below one prefix. Keys are relative to the prefix.
 *
 * No call retries by itself: a retry turns one's own success into a conflict (protocol rule 5). What stops a call for good
 * is thrown as a MillraceError (STORE_FORBIDDEN, STORE_UNSUITABLE, STORE_CORRUPT); what may pass is an outcome, or for
 * reads a STORE_UNAVAILABLE error.
 */
export interface ObjectStore {
  /** Undefined when there is no such object. */
  get(key: string): Promise<StoredObject | undefined>
  /** Creates the object; `conflict` when there is one. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<PutOutcome>
  /** Replaces the object whose ETag is `etag`; `conflict` when it has another or is gone. */
  putIfMatch(key: string, bytes: Uint8Array, etag: string): Promise<PutOutcome>
  /** Creates or replaces; for objects that have one writer and a name used once. */
  put(key: string, bytes: Uint8Array): Promise<PutOutcome>
  /** Keys that start with `prefix`, in order. */
  list(prefix: string): AsyncIterable<ListedObject>
  /** Deletes what is there of these. */
  delete(keys: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface StoredObject {
  readonly bytes: Uint8Array
  readonly etag: string
  /** The store's own clock when it answered. */
  readonly storeTimeMs: number | undefined
}

export interface ListedObject {
  readonly key: string
  readonly size: number
  readonly modifiedMs: number
}

export type PutOutcome =
  | { readonly kind: 'ok'; readonly etag: string; readonly storeTimeMs: number | undefined }
  | { readonly kind: 'conflict' }
  /** Time-out, 409, 5xx, reset: it may or may not have taken effect, now or later. */
  | { readonly kind: 'unknown'; readonly cause: Error }
