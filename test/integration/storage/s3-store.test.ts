import { afterAll, beforeAll, expect, test } from 'vitest'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { s3Store } from '../../../runtime/storage/s3.ts'
import { objectStoreContract } from '../../contract/object-store.ts'
import { type TestBucket, testBucket } from './test-bucket.ts'

let bucket: TestBucket
beforeAll(async () => {
  bucket = await testBucket('contract')
})
afterAll(() => bucket.dispose())

let opened = 0
objectStoreContract('S3', async () => {
  const store = s3Store({ ...bucket.settings, prefix: `suite-${opened++}` }, systemClock)
  return { store, tellsTime: true, dispose: () => store.close() }
})

test('keys of any characters are written alike by the first PUT, which the SDK sends, and by those after it', async () => {
  const store = s3Store({ ...bucket.settings, prefix: 'any key' }, systemClock)
  const keys = ["a b/ü+c'(x)*!~", 'plus+and%20percent', 'ключ/日本', 'q?a=b&c#d']
  for (const key of keys)
    for (const text of ['one', 'two']) expect((await store.put(key, utf8Encode(text))).kind).toBe('ok')
  for (const key of keys) expect(utf8Decode((await store.get(key))!.bytes)).toBe('two')
  const listed = []
  for await (const { key } of store.list('')) listed.push(key)
  expect(listed.sort()).toEqual([...keys].sort())
  await store.close()
})
