import { decodeEntry } from '../../../runtime/log/log-entry.ts'
import type { Bucket } from '../world/bucket.ts'
import { ownerOf } from './committed.ts'

/** What the bucket held at one moment of a run, for putting it back at the end: an operator's mistake. */
export class BucketCopy {
  private readonly bucket: Bucket
  private readonly objects
  private readonly owner: string | undefined
  private readonly last: string | undefined

  constructor(bucket: Bucket) {
    this.bucket = bucket
    this.objects = new Map(bucket.objects)
    this.owner = ownerOf(bucket, 'sim')
    this.last = this.entries().at(-1)
  }

  /**
   * Puts it back, where that can be noticed: the log that was open then has windows with records that came later and are
   * published. False where it cannot.
   */
  putBack(): boolean {
    const { last, owner, bucket } = this
    if (owner === undefined || last === undefined || ownerOf(bucket, 'sim') !== owner) return false
    const published = this.entries().some((key) => {
      if (key <= last) return false
      const entry = decodeEntry(bucket.objects.get(key)!.bytes, key, owner, Number(key.slice(-12)))
      return entry.kind === 'window' && entry.outbox.length > 0
    })
    if (!published) return false
    bucket.objects.clear()
    for (const [key, kept] of this.objects) bucket.objects.set(key, kept)
    return true
  }

  private entries(): readonly string[] {
    const keys = [...this.bucket.objects.keys()]
    return keys.filter((key) => this.owner !== undefined && key.includes(`/log/${this.owner}/0`)).sort()
  }
}
