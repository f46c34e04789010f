import { MillraceError } from '../../../runtime/model/errors.ts'
import type { ListedObject, ObjectStore, PutOutcome, StoredObject } from '../../../runtime/ports/object-store.ts'

/**
 * What happens to one request. `lost`: nothing takes effect and the answer is in doubt. `landed`: it takes effect, the answer
 * is in doubt. `late`: the answer is in doubt, and it takes effect when `landLate` is called.
 */
export type Fault = 'lost' | 'landed' | 'late'

export type StoreVerb = 'get' | 'putIfAbsent' | 'putIfMatch' | 'put' | 'delete' | 'list'

/** What a test may do to a request before it reaches the store: wait, let something else happen first, answer a fault. */
export type Script = (
  verb: StoreVerb,
  key: string,
  bytes: Uint8Array | undefined,
) => Promise<Fault | void> | Fault | void

const doubt = (): PutOutcome => ({ kind: 'unknown', cause: new Error('the answer was lost') })

/** A store whose requests a test may disturb one by one. */
export class FaultyStore implements ObjectStore {
  readonly requests: { verb: StoreVerb; key: string; bytes: Uint8Array | undefined }[] = []
  script: Script = () => undefined
  /** Added to the store's own clock in every answer. */
  skewMs = 0
  private readonly real: ObjectStore
  private late: (() => Promise<PutOutcome>)[] = []

  constructor(real: ObjectStore) {
    this.real = real
  }

  /** The PUTs that were held back arrive now, in their order; answers how each ended. */
  async landLate(): Promise<string[]> {
    const { late } = this
    this.late = []
    const ends: string[] = []
    for (const put of late) ends.push((await put()).kind)
    return ends
  }

  async get(key: string): Promise<StoredObject | undefined> {
    if (await this.meet('get', key)) throw new MillraceError('STORE_UNAVAILABLE', `${key} could not be read`)
    const found = await this.real.get(key)
    return found && { ...found, storeTimeMs: this.skewed(found.storeTimeMs) }
  }

  putIfAbsent(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    return this.write('putIfAbsent', key, bytes, () => this.real.putIfAbsent(key, bytes))
  }

  putIfMatch(key: string, bytes: Uint8Array, etag: string): Promise<PutOutcome> {
    return this.write('putIfMatch', key, bytes, () => this.real.putIfMatch(key, bytes, etag))
  }

  put(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    return this.write('put', key, bytes, () => this.real.put(key, bytes))
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    await this.meet('list', prefix)
    yield* this.real.list(prefix)
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.meet('delete', key)
    await this.real.delete(keys)
  }

  async close(): Promise<void> {}

  private async meet(verb: StoreVerb, key: string, bytes?: Uint8Array): Promise<Fault | void> {
    this.requests.push({ verb, key, bytes: bytes?.slice() })
    return this.script(verb, key, bytes)
  }

  private async write(
    verb: StoreVerb,
    key: string,
    bytes: Uint8Array,
    act: () => Promise<PutOutcome>,
  ): Promise<PutOutcome> {
    const fault = await this.meet(verb, key, bytes)
    if (fault === 'lost') return doubt()
    if (fault === 'late') {
      this.late.push(act)
      return doubt()
    }
    const outcome = await act()
    if (fault === 'landed') return doubt()
    return outcome.kind === 'ok' ? { ...outcome, storeTimeMs: this.skewed(outcome.storeTimeMs) } : outcome
  }

  private skewed(timeMs: number | undefined): number | undefined {
    return timeMs === undefined ? undefined : timeMs + this.skewMs
  }
}
