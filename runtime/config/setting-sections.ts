import type { Duration } from '../model/duration.ts'
import type { Limits } from '../model/limits.ts'
import type { StorageDefinition } from './storage.ts'

/** `65536` or `'64KiB'`. */
export type Size = number | `${number}${'B' | 'KiB' | 'MiB' | 'GiB'}`

/**
 * The settings that the application file may hold beside ingresses, routes, functions and egresses. Each can be
 * overridden by an environment variable, as `kafka.brokers` by `MILLRACE_KAFKA_BROKERS`; `millrace config` prints what
 * is in force. What is undefined counts as not set.
 */
export interface SettingSections {
  /** The Kafka cluster. Without it records lie in the embedded log: one process, for development. */
  readonly kafka?: KafkaCluster | undefined
  /** Default: `embedded({ directory: '.millrace/<application>' })`. */
  readonly storage?: StorageDefinition | undefined
  /** Where the embedded log keeps its files while the storage is elsewhere. */
  readonly embedded?: { readonly directory?: string | undefined } | undefined
  readonly http?:
    | {
        /** Default 127.0.0.1. Anything beyond loopback needs a token. */
        readonly host?: string | undefined
        /** Default 8686; 0 is any free port. */
        readonly port?: number | undefined
        readonly token?: string | undefined
        /** How long /call waits before it answers 504. Default 30 s. */
        readonly callTimeout?: Duration | undefined
      }
    | undefined
  /** `<id>:<secret>`, or `<new>,<old>` while one replaces the other: what requests to handlers are signed with. */
  readonly signing?: { readonly keys?: string | undefined } | undefined
  readonly internalTopics?:
    | {
        readonly prefix?: string | undefined
        readonly partitions?: number | undefined
        readonly replicationFactor?: number | undefined
        /** Default true. False: topics are expected to be there. */
        readonly create?: boolean | undefined
      }
    | undefined
  /** The number of key groups: fixed when the application is created. Default 960. */
  readonly maxParallelism?: number | undefined
  /** For a fork that runs beside its original. */
  readonly shadow?:
    | {
        /** Default `write`. `hold`: egress records are counted and dropped. `redirect`: they go to other topics. */
        readonly egress?: 'write' | 'hold' | 'redirect' | undefined
        /** Before the names of the topics that they are redirected to. Default `shadow.` */
        readonly topicPrefix?: string | undefined
      }
    | undefined
  readonly limits?: { readonly [L in keyof Limits]?: Limits[L] | Size | undefined } | undefined
  readonly commit?:
    | {
        /** The least time between two windows. Default 50 ms on S3 itself, else 0. */
        readonly minInterval?: Duration | undefined
        /** At most, and by default, 15 s. */
        readonly transactionTimeout?: Duration | undefined
      }
    | undefined
  readonly checkpoint?:
    | {
        readonly windowsMax?: number | undefined
        readonly bytesMax?: Size | undefined
        /** So far back every commit can be read again. Default 0: only the present one. */
        readonly retention?: Duration | undefined
      }
    | undefined
  /** For failing messages of functions that have no policy of their own. */
  readonly failure?:
    | {
        readonly attemptsMax?: number | undefined
        readonly firstDelay?: Duration | undefined
        readonly maxDelay?: Duration | undefined
        /** Default `deadLetter`. `park`: the address waits, with all its messages, until someone retries or skips. */
        readonly onFailure?: 'deadLetter' | 'park' | undefined
        /** At the bounds of what may wait for parked addresses. Default `deadLetterOldest`: all others go on. */
        readonly whenFull?: 'deadLetterOldest' | 'holdIngress' | undefined
      }
    | undefined
  readonly idempotency?: { readonly retention?: Duration | undefined } | undefined
  readonly shutdown?: { readonly deadline?: Duration | undefined } | undefined
  readonly telemetry?: { readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | undefined } | undefined
}

export interface KafkaCluster {
  /** Undefined: those of MILLRACE_KAFKA_BROKERS. */
  readonly brokers?: readonly string[] | undefined
  readonly clientId?: string | undefined
  /** True, or PEM texts of an own authority and client certificate. */
  readonly ssl?:
    | boolean
    | { readonly ca?: string | undefined; readonly cert?: string | undefined; readonly key?: string | undefined }
    | undefined
  readonly sasl?:
    | {
        readonly mechanism?: 'plain' | 'scram-sha-256' | 'scram-sha-512' | undefined
        readonly username?: string | undefined
        readonly password?: string | undefined
      }
    | undefined
  readonly connectionTimeout?: Duration | undefined
  readonly requestTimeout?: Duration | undefined
}
