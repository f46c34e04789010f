import { expect } from 'vitest'
import { decodeManifest } from '../../../runtime/log/manifest.ts'
import { manifestKey } from '../../../runtime/log/names.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { FaultyStore } from './faulty-store.ts'
import { Owner, uuid } from './owner.ts'
import { SkippingClock } from './skipping-clock.ts'

/** A bucket with an owner and an heir, each with a store that a test may disturb. */
export const makeBucket = () => {
  const clock = new SkippingClock()
  const bucket = memoryStore(clock)
  const ownerStore = new FaultyStore(bucket)
  const heirStore = new FaultyStore(bucket)
  const owner = new Owner(ownerStore, clock, 'a')
  const heir = new Owner(heirStore, clock, 'b')
  const manifest = async () => decodeManifest((await bucket.get(manifestKey(uuid)))!.bytes, 'm')
  return { clock, bucket, ownerStore, heirStore, owner, heir, manifest }
}
export type Bucket = ReturnType<typeof makeBucket>
export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
/** One window for each item. */
export const commitAll = async (owner: Owner, from: number, to: number): Promise<void> => {
  for (const item of range(from, to)) expect(await owner.commit(item)).toBe('committed')
}
