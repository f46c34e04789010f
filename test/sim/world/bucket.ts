import { createHash } from 'node:crypto'
import type { ListedObject, PutOutcome, StoredObject } from '../../../runtime/ports/object-store.ts'
import type { Scheduler } from '../engine/scheduler.ts'

interface Kept {
  readonly bytes: Uint8Array
  readonly etag: string
  readonly modifiedMs: number
}

/** The store itself: each request takes effect at once and whole. The same bytes have the same ETag, as in S3. */
export class Bucket {
  readonly objects = new Map<string, Kept>()
  private readonly scheduler: Scheduler

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler
  }

  private get timeMs(): number {
    return this.scheduler.calendarMs
  }

  get(key: string): StoredObject | undefined {
    const kept = this.objects.get(key)
    return kept && { bytes: kept.bytes.slice(), etag: kept.etag, storeTimeMs: this.timeMs }
  }

  putIfAbsent(key: string, bytes: Uint8Array): PutOutcome {
    return this.objects.has(key) ? { kind: 'conflict' } : this.put(key, bytes)
  }

  putIfMatch(key: string, bytes: Uint8Array, etag: string): PutOutcome {
    return this.objects.get(key)?.etag === etag ? this.put(key, bytes) : { kind: 'conflict' }
  }

  put(key: string, bytes: Uint8Array): PutOutcome {
    const etag = createHash('md5').update(bytes).digest('hex')
    this.objects.set(key, { bytes, etag, modifiedMs: this.timeMs })
    return { kind: 'ok', etag, storeTimeMs: this.timeMs }
  }

  delete(keys: readonly string[]): void {
    for (const key of keys) this.objects.delete(key)
  }

  /** Up to `count` keys with this prefix after `after`. */
  page(prefix: string, after: string, count: number): readonly ListedObject[] {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
    return keys.slice(0, count).map((key) => {
      const { bytes, modifiedMs } = this.objects.get(key)!
      return { key, size: bytes.length, modifiedMs }
    })
  }
}
