import { objectKinds } from '../../../runtime/log/envelope.ts'
import { MillraceError } from '../../../runtime/model/errors.ts'
import type { ListedObject, ObjectStore, PutOutcome, StoredObject } from '../../../runtime/ports/object-store.ts'
import type { Network, Request } from '../engine/network.ts'
import type { SimProcess } from '../engine/process.ts'
import type { Bucket } from './bucket.ts'

const pageKeys = 20

/** The bucket as one process reaches it. A second conditional write to a key while one is under way may get 409. */
export class BucketClient implements ObjectStore {
  /** The log that this process has claimed. */
  claimed: string | undefined
  /** Entries of its log behind a seal that it has read: there must be none, or those who seal a log misjudge its end. */
  readonly written: string[] = []
  private seal: string | undefined
  private readonly bucket: Bucket
  private readonly network: Network
  private readonly process: SimProcess

  constructor(bucket: Bucket, network: Network, process: SimProcess) {
    this.bucket = bucket
    this.network = network
    this.process = process
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const object = await this.read('get', key, () => this.bucket.get(key))
    if (this.isOwn(key) && object?.bytes[5] === objectKinds.seal) this.seal ??= key
    return object
  }

  putIfAbsent(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    const sent = bytes.slice()

    if (this.seal !== undefined && this.isOwn(key) && key > this.seal) this.written.push(key)
    this.claimed ??= /\/log\/([0-9a-f]+)\/open$/.exec(key)?.[1]
    return this.write('put-if-absent', key, () => this.bucket.putIfAbsent(key, sent))
  }

  putIfMatch(key: string, bytes: Uint8Array, etag: string): Promise<PutOutcome> {
    const sent = bytes.slice()
    return this.write('put-if-match', key, () => this.bucket.putIfMatch(key, sent, etag))
  }

  put(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    const sent = bytes.slice()
    return this.write('put', key, () => this.bucket.put(key, sent))
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    for (let after = ''; ;) {
      const page = await this.read('list', prefix, () => this.bucket.page(prefix, after, pageKeys))
      yield* page
      const last = page.at(-1)
      if (!last || page.length < pageKeys) return
      after = last.key
    }
  }

  delete(keys: readonly string[]): Promise<void> {
    const request = this.request('delete', keys.join(' '), true)
    return this.network.call(
      this.process,
      request,
      () => this.bucket.delete(keys),
      (cause) => {
        throw unavailable(cause)
      },
    )
  }

  async close(): Promise<void> {}

  private isOwn(key: string): boolean {
    return this.claimed !== undefined && key.includes(`/log/${this.claimed}/0`)
  }

  private read<T>(verb: string, key: string, serve: () => T): Promise<T> {
    return this.network.call(this.process, this.request(verb, key, false), serve, (cause) => {
      throw unavailable(cause)
    })
  }

  private write(verb: string, key: string, serve: () => PutOutcome): Promise<PutOutcome> {
    return this.network.call(this.process, this.request(verb, key, true), serve, (cause) => ({
      kind: 'unknown',
      cause,
    }))
  }

  private request(verb: string, about: string, writes: boolean): Request {
    return { server: 'store', verb, about, writes, meanMs: 6 }
  }
}

const unavailable = (cause: Error): MillraceError => new MillraceError('STORE_UNAVAILABLE', cause.message, { cause })
