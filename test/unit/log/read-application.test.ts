import { expect, test } from 'vitest'
import { readApplication } from '../../../runtime/log/read-application.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { itemsOf, Owner, uuid } from './owner.ts'
import { SkippingClock } from './skipping-clock.ts'

const makeBucket = async (windows: number) => {
  const clock = new SkippingClock()
  const bucket = memoryStore(clock)
  const owner = await new Owner(bucket, clock, 'a').takeOver()
  for (let item = 1; item <= windows; item++) await owner.commit(item)
  return { clock, bucket, owner }
}
/** Lets gets through, and before each of them does what `meanwhile` says. */
const readOnly = (bucket: ObjectStore, meanwhile: (key: string) => Promise<unknown> = async () => undefined) => {
  const refuse = () => Promise.reject(new Error('a reader writes nothing'))
  const store: ObjectStore = {
    get: async (key) => {
      await meanwhile(key)
      return bucket.get(key)
    },
    list: (prefix) => bucket.list(prefix),
    put: refuse,
    putIfAbsent: refuse,
    putIfMatch: refuse,
    delete: refuse,
    close: () => Promise.resolve(),
  }
  return store
}
const range = (to: number) => Array.from({ length: to }, (_, i) => i + 1)

test('reads all that is committed, of an application that goes on running', async () => {
  const { clock, bucket, owner } = await makeBucket(20)
  expect(itemsOf((await readApplication(readOnly(bucket), clock, uuid)).shard)).toEqual(range(20))
  await owner.checkpoint()
  await owner.commit(21)
  const { shard, clockMs } = await readApplication(readOnly(bucket), clock, uuid)
  expect([itemsOf(shard), clockMs]).toEqual([range(21), 21])
  await new Owner(bucket, clock, 'b').takeOver()
  expect(itemsOf((await readApplication(readOnly(bucket), clock, uuid)).shard)).toEqual(range(21))
})

test('begins again where the owner has removed what it was about to read', async () => {
  const { clock, bucket, owner } = await makeBucket(20)
  let reads = 0
  const store = readOnly(bucket, async () => {
    if (++reads === 3) await owner.checkpoint()
  })
  expect(itemsOf((await readApplication(store, clock, uuid)).shard)).toEqual(range(20))
})

test('gives up on an owner that checkpoints faster than it reads, rather than tell half of it', async () => {
  const { clock, bucket, owner } = await makeBucket(3)
  const store = readOnly(bucket, async (key) => {
    if (key.endsWith('/manifest')) await owner.checkpoint()
  })
  await expect(readApplication(store, clock, uuid)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
})

test('says what is missing, of what is damaged or was never there', async () => {
  const { clock, bucket, owner } = await makeBucket(20)
  await expect(readApplication(readOnly(bucket), clock, 'other')).rejects.toMatchObject({ code: 'APPLICATION_UNKNOWN' })
  await owner.checkpoint()
  const parts = []
  for await (const { key } of bucket.list(`${uuid}/checkpoint/`)) parts.push(key)
  await bucket.delete(parts)
  await expect(readApplication(readOnly(bucket), clock, uuid)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
})
