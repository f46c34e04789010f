import type { Discovery } from '../model/function-spec.ts'
import type { MarkerHint } from '../log/log-entry.ts'
import type { UndeliveredRecord } from '../shard/journal.ts'
import type { Shard } from '../shard/shard.ts'
import type { CommitEvent } from './commits.ts'
import type { Endpoint } from './endpoint.ts'
import type { InvocationEvent } from './invoke.ts'
import type { UndeliveredRetry } from './undelivered-retry.ts'
import type { Operator } from './operator.ts'
import type { OutsideRequest } from './requests.ts'
import type { SavepointRequest } from './savepoints.ts'

/** Everything that can happen to a running coordinator. */
export type Event =
  | InvocationEvent
  | CommitEvent
  | { readonly kind: 'request'; readonly request: OutsideRequest }
  /** The client of a request waits no longer. */
  | { readonly kind: 'forsake'; readonly request: OutsideRequest }
  /** Someone wants to see committed state. */
  | { readonly kind: 'read'; readonly look: (shard: Shard) => unknown; readonly answer: (seen: unknown) => void }
  /** Someone changes something by hand. `make` throws a MillraceError where it has changed nothing. */
  | {
      readonly kind: 'change'
      readonly make: (operator: Operator) => void
      readonly done: () => void
      readonly refuse: (error: Error) => void
    }
  | { readonly kind: 'published'; readonly mark: MarkerHint }
  /** An egress record can never be written: keep it, and say when that is committed (rule 17). */
  | { readonly kind: 'undeliverable'; readonly record: UndeliveredRecord; readonly done: () => void }
  /** Someone wants undeliverable records to be written after all. */
  | { readonly kind: 'retry-undelivered'; readonly retry: UndeliveredRetry }
  | { readonly kind: 'savepoint'; readonly request: SavepointRequest }
  | { readonly kind: 'discovered'; readonly endpoint: Endpoint; readonly discovery: Discovery }
  /** Windows cannot be written for long, or can again (rule 8). */
  | { readonly kind: 'stuck'; readonly stuck: boolean }
  | { readonly kind: 'drain' }
  | { readonly kind: 'deadline' }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'failed'; readonly error: unknown }
