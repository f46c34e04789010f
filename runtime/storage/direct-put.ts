import type { S3Client } from '@aws-sdk/client-s3'
import { Pool } from 'undici'
import type { Clock } from '../ports/clock.ts'
import { RequestSignatures } from './request-signature.ts'
import { headerOf, storeTimeMsOf } from './s3-client.ts'
import { type WholeAnswer, wholeAnswer } from './whole-answer.ts'

/** What a PUT came to: the answer of a 2xx, and for any other an error as the SDK throws it. */
export interface PutAnswer {
  readonly ETag: string | undefined
  readonly storeTimeMs: number | undefined
}

/** Where the objects of a bucket are, as the SDK has found out. */
interface Place {
  readonly pool: Pool
  readonly host: string
  /** What comes before the encoded key. */
  readonly path: string
  readonly region: string
}

const socketsMax = 64
const connectTimeoutMs = 5_000

/**
 * PUTs without the SDK's layers, which take about ten times the CPU of the request itself: each window is one. Where the
 * bucket is, the SDK finds out with the first PUT, and it gives the credentials; a place that wants another signature than
 * the usual one is left to it altogether.
 */
export class DirectPuts {
  private readonly client: S3Client
  private readonly clock: Clock
  private readonly signatures = new RequestSignatures()
  private place: Place | 'unknown' | 'unusual' = 'unknown'

  constructor(client: S3Client, clock: Clock) {
    this.client = client
    this.clock = clock
    client.middlewareStack.add(
      (next) => async (args) => {
        if (this.place === 'unknown') this.learn(args.input, args.request)
        return next(args)
      },
      // The last of this step: the request is signed.
      { step: 'finalizeRequest', priority: 'low', name: 'millracePlace' },
    )
  }

  /** Whether `put` can be called. */
  get ready(): boolean {
    return typeof this.place === 'object'
  }

  async put(key: string, body: Uint8Array, headers: Record<string, string>, timeoutMs: number): Promise<PutAnswer> {
    const { place } = this
    if (typeof place === 'string') throw new Error('no PUT has shown yet where the bucket is')
    const { accessKeyId, secretAccessKey, sessionToken } = await this.client.config.credentials()
    const path = place.path + encodedKey(key)
    const signer = { accessKeyId, secretAccessKey, sessionToken, region: place.region }
    const toSign = { method: 'PUT', host: place.host, path, body, nowMs: this.clock.now() } as const
    const signed = { ...headers, ...this.signatures.headers(toSign, signer) }
    const options = { method: 'PUT', path, body, headers: signed } as const
    const answer = await wholeAnswer(place.pool, options, this.clock, timeoutMs)
    if (answer.statusCode >= 300) throw errorOf(answer)
    return { ETag: headerOf(answer, 'etag'), storeTimeMs: storeTimeMsOf(answer) }
  }

  async close(): Promise<void> {
    if (typeof this.place === 'object') await this.place.pool.destroy()
  }

  /** From a PUT of the SDK that is about to be sent. */
  private learn(input: unknown, request: unknown): void {
    const key = textIn(input, 'Key')
    if (key === undefined || textIn(request, 'method') !== 'PUT') return
    const found = placeOf(request, encodedKey(key))
    if (found === undefined) {
      this.place = 'unusual'
      return
    }
    const { origin, ...place } = found
    const pool = new Pool(origin, {
      connections: socketsMax,
      connect: { timeout: connectTimeoutMs },
      // The caller's deadline holds for the whole of a request.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    this.place = { pool, ...place }
  }
}

const textIn = (object: unknown, name: string): string | undefined => {
  const value: unknown = typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined
  return typeof value === 'string' ? value : undefined
}

/** Undefined where the request is none of the usual kind: signed in another way, or of another path. */
const placeOf = (request: unknown, encoded: string): (Omit<Place, 'pool'> & { origin: string }) | undefined => {
  const headers: unknown = Object(request).headers
  const [protocol, path] = [textIn(request, 'protocol'), textIn(request, 'path')]
  const [host, authorization] = [textIn(headers, 'host'), textIn(headers, 'authorization')]
  const region = /^AWS4-HMAC-SHA256 Credential=[^,]+\/\d{8}\/([^/,]+)\/s3\/aws4_request,/.exec(authorization ?? '')?.[1]
  if (host === undefined || region === undefined || !path?.endsWith(`/${encoded}`)) return undefined
  if (protocol !== 'http:' && protocol !== 'https:') return undefined
  return { origin: `${protocol}//${host}`, host, path: path.slice(0, -encoded.length), region }
}

const reserved = /[!'()*]/g

const plain = /^[\w.~/-]*$/

/** A key as it stands in a URL, and in what is signed. */
const encodedKey = (key: string): string => (plain.test(key) ? key : key.split('/').map(encodedPart).join('/'))

const encodedPart = (part: string): string =>
  encodeURIComponent(part).replace(reserved, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

/** As the SDK throws it: named by the store's code, with the status. */
const errorOf = ({ statusCode, text }: WholeAnswer): Error => {
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1]
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1]
  const error = new Error(message ?? `status ${statusCode}`)
  error.name = code ?? 'UnknownError'
  return Object.assign(error, { $metadata: { httpStatusCode: statusCode } })
}
