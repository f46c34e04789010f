import type { FailurePolicy } from '../model/function-spec.ts'
import type { Limits } from '../model/limits.ts'
import type { WhenFull } from '../shard/parked-bounds.ts'
import type { ShadowSettings } from './egress-gate.ts'

/** What a coordinator can be told, beside the topology. Times are milliseconds. */
export interface CoordinatorSettings {
  readonly limits: Limits
  /** The number of key groups, which is fixed when the application is created. */
  readonly maxParallelism: number
  readonly commit: {
    /** At least so long between the closing of two windows. */
    readonly minIntervalMs: number
    readonly transactionTimeoutMs: number
  }
  readonly checkpoint: {
    /** A checkpoint is taken after so many windows, or so many bytes of them. */
    readonly windowsMax: number
    readonly bytesMax: number
    /** So far back every commit can be read again; 0, and not set: only the present one. */
    readonly retainMs?: number | undefined
    /** While a function has no more addresses in memory as objects, none of them is put to rest. Not set: 100,000. */
    readonly awakeMin?: number | undefined
  }
  /** For functions that declare none of their own. */
  readonly failure: FailurePolicy
  readonly parking: { readonly whenFull: WhenFull }
  readonly idempotency: { readonly retentionMs: number }
  readonly shutdown: { readonly deadlineMs: number }
  readonly internalTopics: {
    readonly prefix: string
    readonly partitions: number
    readonly replicationFactor: number | undefined
    readonly create: boolean
  }
  /** Where to go on, at start, from a position that the log does not have any more. Undefined: refuse to start. */
  readonly whenOutOfRange?: 'earliest' | 'latest' | undefined
  /** Undefined: egress records are written. */
  readonly shadow?: ShadowSettings | undefined
  /** Only publish, and take savepoints: nothing is taken in, no function is called, no timer fires. */
  readonly custodian?: boolean | undefined
  /** Create the application where the bucket knows others but not this one. */
  readonly createApplication: boolean
}
