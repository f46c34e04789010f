import { PutBucketLifecycleConfigurationCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucketWarnings, readBucketRules } from '../../../runtime/storage/bucket-rules.ts'
import { s3Client } from '../../../runtime/storage/s3-client.ts'
import { type TestBucket, testBucket } from './test-bucket.ts'

let bucket: TestBucket
beforeAll(async () => {
  bucket = await testBucket('rules')
})
afterAll(() => bucket.dispose())

const warnings = async () => bucketWarnings(await readBucketRules(bucket.settings), bucket.settings)

test('rule 30: a bucket without rules gives no warning, nor one that cannot be asked', async () => {
  expect(await warnings()).toEqual([])
  const elsewhere = { ...bucket.settings, bucket: 'no-such-bucket' }
  expect(bucketWarnings(await readBucketRules(elsewhere), elsewhere)).toEqual([])
})

test('rule 30: lifecycle rules and versioning are read as the store has them', async () => {
  const { client } = s3Client(bucket.settings)
  const Bucket = bucket.settings.bucket
  const Rules = [{ ID: 'tidy', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 30 } }]
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  client.destroy()
  expect(await warnings()).toEqual([
    expect.stringContaining('lifecycle rule tidy'),
    expect.stringContaining('keeps old versions'),
  ])
})
