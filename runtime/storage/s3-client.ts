import { S3Client } from '@aws-sdk/client-s3'
import type { S3Settings } from './s3-settings.ts'

const socketsMax = 64
const connectionTimeoutMs = 5_000

/** The SDK's client as Millrace needs it, and the store's clock as its answers tell it. */
export const s3Client = (
  settings: S3Settings,
): { client: S3Client; storeTimeMsOf(output: object): number | undefined } => {
  const client = new S3Client({
    region: settings.region,
    forcePathStyle: settings.pathStyle,
    // A retry turns one's own success into a conflict (rule 5).
    maxAttempts: 1,
    // Signatures and TLS protect the bytes already; a second checksum costs as much as the rest of a PUT.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Waiting for "100 Continue" costs a round trip for each window of two mebibytes or more.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      httpAgent: { keepAlive: true, maxSockets: socketsMax },
      httpsAgent: { keepAlive: true, maxSockets: socketsMax },
    },
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    ...(settings.credentials === undefined ? {} : { credentials: { ...settings.credentials } }),
  })
  const storeTimes = new WeakMap<object, number>()
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const storeTimeMs = storeTimeMsOf(result.response)
      if (typeof result.output === 'object' && storeTimeMs !== undefined) storeTimes.set(result.output, storeTimeMs)
      return result
    },
    // The first of this step is the outermost: what it gets back has been deserialized.
    { step: 'deserialize', priority: 'high', name: 'millraceStoreTime' },
  )
  return { client, storeTimeMsOf: (output) => storeTimes.get(output) }
}

/** When the store answered, by its own clock. */
export const storeTimeMsOf = (response: unknown): number | undefined => {
  const timeMs = Date.parse(headerOf(response, 'date') ?? '')
  return Number.isNaN(timeMs) ? undefined : timeMs
}

export const headerOf = (response: unknown, name: string): string | undefined => {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined
  const { headers } = response
  if (typeof headers !== 'object' || headers === null) return undefined
  const entry = Object.entries(headers).find(([given]) => given.toLowerCase() === name)
  return typeof entry?.[1] === 'string' ? entry[1] : undefined
}
