import { afterAll, beforeAll, expect, test } from 'vitest'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { systemRandom } from '../../../runtime/platform/system-random.ts'
import { probeStore } from '../../../runtime/storage/probe.ts'
import { s3Store } from '../../../runtime/storage/s3.ts'
import type { S3Settings } from '../../../runtime/storage/s3-settings.ts'
import { type TestBucket, testBucket } from './test-bucket.ts'

let bucket: TestBucket
beforeAll(async () => {
  bucket = await testBucket('failures')
})
afterAll(() => bucket.dispose())

const using = async <T>(settings: Partial<S3Settings>, act: (store: ReturnType<typeof s3Store>) => Promise<T>) => {
  const store = s3Store({ ...bucket.settings, ...settings }, systemClock)
  try {
    return await act(store)
  } finally {
    await store.close()
  }
}
const bytes = utf8Encode('x')

test.each(['get', 'put', 'swap', 'list', 'delete'] as const)(
  'a bucket that does not exist is named by %s',
  async (call) => {
    const refused = using({ bucket: 'no-such-bucket' }, async (store) => {
      if (call === 'get') return store.get('k')
      if (call === 'put') return store.put('k', bytes)
      if (call === 'swap') return store.putIfMatch('k', bytes, '"etag"')
      if (call === 'delete') return store.delete(['k'])
      for await (const _ of store.list('')) return undefined
    })
    await expect(refused).rejects.toMatchObject({
      code: 'STORE_UNSUITABLE',
      message: expect.stringContaining('bucket no-such-bucket does not exist'),
    })
  },
)

test.each([
  ['an unknown key id', { accessKeyId: 'nobody-known', secretAccessKey: 'minioadmin' }],
  ['a wrong secret', { accessKeyId: 'minioadmin', secretAccessKey: 'wrong-secret' }],
])('%s is STORE_FORBIDDEN and names bucket, region, endpoint and setting', async (_what, credentials) => {
  const refused = using({ credentials }, (store) => store.putIfAbsent('k', bytes))
  await expect(refused).rejects.toMatchObject({ code: 'STORE_FORBIDDEN' })
  const { bucket: name, region, endpoint } = bucket.settings
  for (const part of [name, region, String(endpoint), 'storage.credentials'])
    await expect(refused).rejects.toThrow(part)
})

test('an endpoint where nobody listens leaves a put unknown and makes a get STORE_UNAVAILABLE', async () => {
  await using({ endpoint: 'http://127.0.0.1:1' }, async (store) => {
    expect((await store.putIfAbsent('k', bytes)).kind).toBe('unknown')
    await expect(store.get('k')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})

test('keys lie below the prefix, and another prefix does not see them', async () => {
  await using({ prefix: '/a/b/' }, (store) => store.put('k', bytes))
  expect(await using({ prefix: 'a' }, (store) => store.get('b/k'))).toBeDefined()
  expect(await using({ prefix: 'b' }, (store) => store.get('k'))).toBeUndefined()
})

test('rule 28: an answer carries the Date of the store', async () => {
  const got = await using({}, async (store) => {
    await store.put('dated', bytes)
    return store.get('dated')
  })
  expect(Math.abs((got?.storeTimeMs ?? 0) - Date.now())).toBeLessThan(5_000)
})

test('rule 30: a real store passes the probe, and the probe leaves nothing behind', async () => {
  await using({ prefix: 'probed' }, async (store) => {
    await probeStore(store, systemRandom, systemClock)
    for await (const { key } of store.list('')) expect.unreachable(key)
  })
})
