import type { Duration } from '../model/duration.ts'

export interface S3Options {
  /** Undefined: MILLRACE_STORAGE_BUCKET. */
  readonly bucket?: string | undefined
  readonly region?: string | undefined
  /** Of a store that is not S3 itself, as `http://127.0.0.1:9000`. */
  readonly endpoint?: string | undefined
  /** Keys begin with it. Several applications may share one. */
  readonly prefix?: string | undefined
  /** Default: true with an endpoint. */
  readonly pathStyle?: boolean | undefined
  /** Undefined: what the AWS SDK finds in its usual places. */
  readonly credentials?:
    | {
        readonly accessKeyId?: string | undefined
        readonly secretAccessKey?: string | undefined
        readonly sessionToken?: string | undefined
      }
    | undefined
  readonly requestTimeout?: Duration | undefined
}

/** Where windows and checkpoints are kept: made by `s3`, `fileSystem` or `embedded`. */
export type StorageDefinition =
  | ({ readonly kind: 's3' } & S3Options)
  | { readonly kind: 'fileSystem'; readonly directory?: string | undefined }
  | { readonly kind: 'embedded'; readonly directory?: string | undefined }

/**
 * Keeps state in a bucket of S3 or a store that speaks its protocol and has conditional writes.
 * @example s3({ bucket: 'bank', region: 'eu-central-1' })
 */
export const s3 = (options: S3Options = {}): StorageDefinition => ({ ...options, kind: 's3' })

/** Keeps state in a directory, for development beside a real Kafka. */
export const fileSystem = (options: { readonly directory?: string | undefined } = {}): StorageDefinition => ({
  ...options,
  kind: 'fileSystem',
})

/**
 * Keeps both log and state in a directory of this machine: no Kafka, no bucket, one process. Default directory:
 * `.millrace/<application>`.
 */
export const embedded = (options: { readonly directory?: string | undefined } = {}): StorageDefinition => ({
  ...options,
  kind: 'embedded',
})
