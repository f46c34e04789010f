import { afterAll, beforeAll } from 'vitest'
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
  const store = s3Store({ ...bucket.settings, prefix: `suite-${opened++}` })
  return { store, tellsTime: true, dispose: () => store.close() }
})
