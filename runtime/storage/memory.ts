import { createHash } from 'node:crypto'
import type { Clock } from '../ports/clock.ts'
import type { ListedObject, ObjectStore, PutOutcome, StoredObject } from '../ports/object-store.ts'

interface Kept {
  readonly bytes: Uint8Array
  readonly etag: string
  readonly modifiedMs: number
}

class MemoryStore implements ObjectStore {
  private readonly clock: Clock
  private readonly objects = new Map<string, Kept>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const kept = this.objects.get(key)
    return kept && { bytes: kept.bytes.slice(), etag: kept.etag, storeTimeMs: this.clock.now() }
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    return this.objects.has(key) ? { kind: 'conflict' } : this.keep(key, bytes)
  }

  async putIfMatch(key: string, bytes: Uint8Array, etag: string): Promise<PutOutcome> {
    return this.objects.get(key)?.etag === etag ? this.keep(key, bytes) : { kind: 'conflict' }
  }

  async put(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    return this.keep(key, bytes)
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(inByteOrder)
    for (const key of keys) {
      const kept = this.objects.get(key)
      if (kept) yield { key, size: kept.bytes.length, modifiedMs: kept.modifiedMs }
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.objects.delete(key)
  }

  async close(): Promise<void> {}

  private keep(key: string, bytes: Uint8Array): PutOutcome {
    // As S3's: the same bytes have the same ETag, so that no test passes because ETags never repeat (rule 27).
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
    const now = this.clock.now()
    this.objects.set(key, { bytes: bytes.slice(), etag, modifiedMs: now })
    return { kind: 'ok', etag, storeTimeMs: now }
  }
}

/** S3 lists keys in the order of their UTF-8 bytes, which is not JavaScript's order of texts. */
const inByteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** A bucket in memory. Several coordinators of one test may share it; `close` keeps what it holds. */
export const memoryStore = (clock: Clock): ObjectStore => new MemoryStore(clock)
