import { MillraceError, messageOf } from '../model/errors.ts'
import type { S3Settings } from './s3-settings.ts'

/** What a failed S3 request means. `passing`: time-out, 409, 5xx, reset; a write may have taken effect, now or later. */
export type S3Failure =
  | { readonly kind: 'missing' }
  | { readonly kind: 'precondition' }
  | { readonly kind: 'passing'; readonly cause: Error }
  /** It will fail again until somebody mends something. */
  | { readonly kind: 'lasting'; readonly error: MillraceError }

const forbidden = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'AllAccessDisabled',
  'AccountProblem',
  'CredentialsProviderError',
  'Forbidden',
])
const elsewhere = new Set(['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'])
/** Answers below 500 that another try may get past. */
const passingStatus = new Set([408, 409, 425, 429])
const passingName = new Set(['RequestTimeout', 'IncompleteBody', 'BadDigest', 'SlowDown', 'OperationAborted'])

/** What a policy calls a right to the bucket. */
export type S3Action = 's3:GetObject' | 's3:PutObject' | 's3:DeleteObject' | 's3:ListBucket'

export const s3Failure = (error: unknown, settings: S3Settings, action: S3Action): S3Failure => {
  const name = error instanceof Error ? error.name : ''
  const status = statusOf(error)
  if (status === 412) return { kind: 'precondition' }
  const code = codeOf(name, status)
  if (code === 'missing') return { kind: 'missing' }
  if (code === 'passing')
    return {
      kind: 'passing',
      cause: new MillraceError('STORE_UNAVAILABLE', passingText(error, status, settings), { cause: error }),
    }
  const text = lastingText(code, name, status, error, settings, action)
  return { kind: 'lasting', error: new MillraceError(code, text, { cause: error }) }
}

const codeOf = (name: string, status: number | undefined) => {
  if (name === 'NoSuchBucket' || name === 'InvalidBucketName' || elsewhere.has(name)) return 'STORE_UNSUITABLE'
  if (name === 'RequestTimeTooSkewed') return 'CLOCK_SKEW'
  if (forbidden.has(name)) return 'STORE_FORBIDDEN'
  if (status === undefined || passingName.has(name) || passingStatus.has(status)) return 'passing'
  if (status === 404) return 'missing'
  if (status === 401 || status === 403) return 'STORE_FORBIDDEN'
  if (status === 501 || (status >= 300 && status < 500)) return 'STORE_UNSUITABLE'
  return 'passing'
}

const at = ({ bucket, region, endpoint }: S3Settings): string =>
  `bucket ${bucket} (region ${region}, ${endpoint === undefined ? 'AWS' : `endpoint ${endpoint}`})`

const passingText = (error: unknown, status: number | undefined, settings: S3Settings): string =>
  `${at(settings)} ${status === undefined ? 'did not answer' : `answered ${status}`}: ${messageOf(error)}`

const lastingText = (
  code: 'STORE_UNSUITABLE' | 'CLOCK_SKEW' | 'STORE_FORBIDDEN',
  name: string,
  status: number | undefined,
  error: unknown,
  settings: S3Settings,
  action: S3Action,
): string => {
  const where = at(settings)
  if (name === 'NoSuchBucket')
    return `bucket ${settings.bucket} does not exist at ${where}: create it or set storage.bucket`
  if (name === 'InvalidBucketName') return `${settings.bucket} cannot be a bucket's name: set storage.bucket`
  if (elsewhere.has(name)) return `${where} lies in another region: set storage.region (${messageOf(error)})`
  if (code === 'CLOCK_SKEW')
    return `${where} refuses this machine's clock: set it right, by NTP for instance (${messageOf(error)})`
  if (name === 'CredentialsProviderError')
    return `no credentials for ${where}: set storage.credentials, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`
  if (name === 'InvalidAccessKeyId' || name === 'SignatureDoesNotMatch')
    return `${where} refuses the credentials (${name}): check storage.credentials, both the key's id and the secret`
  if (code === 'STORE_FORBIDDEN')
    return (
      `${where} refuses ${action} (${name || status}): storage.credentials need s3:GetObject, s3:PutObject and ` +
      `s3:DeleteObject below prefix "${settings.prefix}", and s3:ListBucket for it`
    )
  return `${where} does not take this request (${status} ${name}: ${messageOf(error)}): check storage.endpoint`
}

const statusOf = (error: unknown): number | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  const status = numberIn(error, '$metadata', 'httpStatusCode') ?? numberIn(error, '$response', 'statusCode')
  // An answer that the SDK could not read as S3's: a proxy's page. What it was about is not known.
  return error instanceof SyntaxError ? undefined : status
}

const numberIn = (error: object, outer: string, inner: string): number | undefined => {
  const held: unknown = Reflect.get(error, outer)
  if (typeof held !== 'object' || held === null) return undefined
  const value: unknown = Reflect.get(held, inner)
  return typeof value === 'number' ? value : undefined
}
