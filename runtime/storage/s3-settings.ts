/** Where a bucket is. Plain data: as an application's settings give it. */
export interface S3Settings {
  /** Undefined: AWS. */
  readonly endpoint: string | undefined
  readonly region: string
  readonly bucket: string
  /** What every key starts with, without a slash at its ends; may be empty. */
  readonly prefix: string
  /** Undefined: what the AWS SDK finds (environment, profile, instance role). */
  readonly credentials: S3Credentials | undefined
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`: MinIO and most stores of one's own need it. */
  readonly pathStyle: boolean
  /** For one whole request, body included. */
  readonly requestTimeoutMs: number
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}
