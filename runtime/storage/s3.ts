import { addAbortSignal, Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { ByteWriter, noBytes } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { ListedObject, ObjectStore, PutOutcome, StoredObject } from '../ports/object-store.ts'
import { DirectPuts, type PutAnswer } from './direct-put.ts'
import { s3Client } from './s3-client.ts'
import { s3Failure, type S3Failure } from './s3-failure.ts'
import type { S3Settings } from './s3-settings.ts'

const deleteBatchMax = 1000
const singleDeletesAtOnce = 16
const contentType = 'application/octet-stream'

interface Condition {
  readonly IfNoneMatch?: '*'
  readonly IfMatch?: string
}

class S3Store implements ObjectStore {
  private readonly settings: S3Settings
  private readonly prefix: string
  private readonly client: S3Client
  private readonly storeTimeMsOf: (output: object) => number | undefined
  private readonly direct: DirectPuts

  constructor(settings: S3Settings, clock: Clock) {
    const prefix = settings.prefix.replace(/^\/+|\/+$/g, '')
    this.settings = settings
    this.prefix = prefix === '' ? '' : `${prefix}/`
    const { client, storeTimeMsOf } = s3Client(settings)
    this.client = client
    this.storeTimeMsOf = storeTimeMsOf
    this.direct = new DirectPuts(client, clock)
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const abortSignal = this.deadline()
    try {
      const output = await this.client.send(new GetObjectCommand(this.named(key)), { abortSignal })
      return {
        bytes: await bodyOf(output, abortSignal),
        etag: this.etagOf(output),
        storeTimeMs: this.storeTimeMsOf(output),
      }
    } catch (error) {
      const failure = s3Failure(error, this.settings, 's3:GetObject')
      if (failure.kind === 'missing') return undefined
      throw this.errorOf(failure, `reading ${key}`)
    }
  }

  putIfAbsent(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    return this.write(key, bytes, { IfNoneMatch: '*' })
  }

  putIfMatch(key: string, bytes: Uint8Array, etag: string): Promise<PutOutcome> {
    return this.write(key, bytes, { IfMatch: etag })
  }

  put(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    return this.write(key, bytes, {})
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    let token: string | undefined
    do {
      const page: ListObjectsV2CommandOutput = await this.listPage(prefix, token)
      for (const { Key, Size, LastModified } of page.Contents ?? [])
        if (Key !== undefined)
          yield { key: Key.slice(this.prefix.length), size: Size ?? 0, modifiedMs: LastModified?.getTime() ?? 0 }
      token = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let i = 0; i < keys.length; i += deleteBatchMax) await this.deleteBatch(keys.slice(i, i + deleteBatchMax))
  }

  async close(): Promise<void> {
    this.client.destroy()
    await this.direct.close()
  }

  private async write(key: string, bytes: Uint8Array, condition: Condition): Promise<PutOutcome> {
    try {
      const output = await this.sent(key, bytes, condition)
      return { kind: 'ok', etag: this.etagOf(output), storeTimeMs: output.storeTimeMs }
    } catch (error) {
      const failure = s3Failure(error, this.settings, 's3:PutObject')
      // A lost If-Match on an object that is gone is 412 in some stores and 404 in others (rule 30).
      const gone = failure.kind === 'missing' && condition.IfMatch !== undefined
      if (failure.kind === 'precondition' || gone) return { kind: 'conflict' }
      if (failure.kind === 'passing') return { kind: 'unknown', cause: failure.cause }
      throw this.errorOf(failure, `writing ${key}`)
    }
  }

  private async sent(key: string, bytes: Uint8Array, { IfNoneMatch, IfMatch }: Condition): Promise<PutAnswer> {
    if (this.direct.ready) {
      const headers: Record<string, string> = { 'content-type': contentType }
      if (IfNoneMatch !== undefined) headers['if-none-match'] = IfNoneMatch
      if (IfMatch !== undefined) headers['if-match'] = IfMatch
      return this.direct.put(this.prefix + key, bytes, headers, this.settings.requestTimeoutMs)
    }
    const output = await this.client.send(
      new PutObjectCommand({ ...this.named(key), IfNoneMatch, IfMatch, Body: bytes, ContentType: contentType }),
      { abortSignal: this.deadline() },
    )
    return { ETag: output.ETag, storeTimeMs: this.storeTimeMsOf(output) }
  }

  private async listPage(prefix: string, token: string | undefined): Promise<ListObjectsV2CommandOutput> {
    try {
      const command = new ListObjectsV2Command({
        Bucket: this.settings.bucket,
        Prefix: this.prefix + prefix,
        ContinuationToken: token,
      })
      return await this.client.send(command, { abortSignal: this.deadline() })
    } catch (error) {
      throw this.errorOf(s3Failure(error, this.settings, 's3:ListBucket'), `listing ${prefix}`)
    }
  }

  private async deleteBatch(keys: readonly string[]): Promise<void> {
    const Objects = keys.map((key) => ({ Key: this.prefix + key }))
    try {
      const command = new DeleteObjectsCommand({ Bucket: this.settings.bucket, Delete: { Objects, Quiet: true } })
      const output = await this.client.send(command, { abortSignal: this.deadline() })
      const failed = output.Errors?.find(({ Code }) => Code !== 'NoSuchKey')
      if (failed) throw Object.assign(new Error(failed.Message), { name: failed.Code ?? 'unknown' })
    } catch (error) {
      const failure = s3Failure(error, this.settings, 's3:DeleteObject')
      // Some stores have no DeleteObjects; where it was something else, the single deletes meet it again.
      const unsupported = failure.kind === 'lasting' && failure.error.code === 'STORE_UNSUITABLE'
      if (!unsupported) throw this.errorOf(failure, `deleting ${keys.length} objects`)
      await this.deleteSingly(keys)
    }
  }

  private async deleteSingly(keys: readonly string[]): Promise<void> {
    for (let i = 0; i < keys.length; i += singleDeletesAtOnce)
      await Promise.all(keys.slice(i, i + singleDeletesAtOnce).map((key) => this.deleteOne(key)))
  }

  private async deleteOne(key: string): Promise<void> {
    try {
      await this.client.send(new DeleteObjectCommand(this.named(key)), { abortSignal: this.deadline() })
    } catch (error) {
      const failure = s3Failure(error, this.settings, 's3:DeleteObject')
      if (failure.kind !== 'missing') throw this.errorOf(failure, `deleting ${key}`)
    }
  }

  private named(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.settings.bucket, Key: this.prefix + key }
  }

  private deadline(): AbortSignal {
    return AbortSignal.timeout(this.settings.requestTimeoutMs)
  }

  private etagOf({ ETag }: { readonly ETag?: string | undefined }): string {
    if (ETag !== undefined) return ETag
    throw new MillraceError('STORE_UNSUITABLE', `bucket ${this.settings.bucket} answers without an ETag`)
  }

  private errorOf(failure: S3Failure, doing: string): MillraceError {
    if (failure.kind === 'lasting') return failure.error
    const cause = failure.kind === 'passing' ? failure.cause : undefined
    return new MillraceError('STORE_UNAVAILABLE', `${doing}: ${cause?.message ?? failure.kind}`, { cause })
  }
}

const lengthUnknown = 64 << 10

/**
 * The signal ends a body that stops in the middle, which the SDK's own time-out does not watch. The body gets memory of its
 * length at once: pieces that are put together in the end take three times as much, which shows in a start on much state.
 */
const bodyOf = async ({ Body, ContentLength }: GetObjectCommandOutput, signal: AbortSignal): Promise<Uint8Array> => {
  if (!Body) return noBytes
  if (!(Body instanceof Readable)) throw new TypeError('the body of an answer is no stream of Node')
  const body = new ByteWriter(Math.max(1, ContentLength ?? lengthUnknown))
  try {
    for await (const piece of addAbortSignal(signal, Body)) body.raw(piece)
  } catch (error) {
    throw signal.aborted ? new Error('the body did not end in time', { cause: error }) : error
  }
  return body.length === body.bytes.length ? body.bytes : body.copy()
}

/**
 * A bucket of S3 or of a store that speaks S3.
 * @example s3Store({ endpoint: 'http://127.0.0.1:9000', region: 'us-east-1', bucket: 'state', prefix: 'bank', … }, systemClock)
 */
export const s3Store = (settings: S3Settings, clock: Clock): ObjectStore => new S3Store(settings, clock)
