import { s3, type SettingSections } from 'millrace/config'

/** Where the parts of a run are, and what its application is told. Handed to processes as JSON. */
export interface BenchParts {
  /** Tells the runs apart. */
  readonly name: string
  readonly brokers: string
  readonly s3: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string }
  readonly bucket: string
  readonly handlerUrl: string
  /** `commit.minInterval` where it is not the default. */
  readonly minIntervalMs?: number
  /** Its coordinator counts its requests. */
  readonly counted?: boolean
  /** How many function types an application has that may have any number of them. */
  readonly functions?: number
}

export const topicsOf = (name: string): { events: string; counts: string; dead: string } => ({
  events: `${name}-events`,
  counts: `${name}-counts`,
  dead: `${name}-dead`,
})

/** The settings that every application of the bench has: where its parts are. */
export const settingsOf = (parts: BenchParts): SettingSections => ({
  kafka: { brokers: [parts.brokers] },
  storage: s3({
    bucket: parts.bucket,
    endpoint: parts.s3.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: parts.s3.accessKey, secretAccessKey: parts.s3.secretKey },
  }),
  http: { port: 0 },
  ...(parts.minIntervalMs !== undefined && { commit: { minInterval: parts.minIntervalMs } }),
})
