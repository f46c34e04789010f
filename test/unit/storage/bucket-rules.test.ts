import type { LifecycleRule } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { type BucketRules, bucketWarnings } from '../../../runtime/storage/bucket-rules.ts'
import type { S3Settings } from '../../../runtime/storage/s3-settings.ts'

const warningsOf = (lifecycle: BucketRules['lifecycle'], isVersioned = false, prefix = 'streams/') => {
  const settings: S3Settings = {
    endpoint: undefined,
    region: 'eu-west-1',
    bucket: 'bank',
    prefix,
    credentials: undefined,
    pathStyle: false,
    requestTimeoutMs: 1_000,
  }
  return bucketWarnings({ lifecycle, isVersioned }, settings)
}
const expiring = { ID: 'tidy', Status: 'Enabled', Expiration: { Days: 30 } } as const
const sweeping = { ID: 'sweep', Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 1 } } as const

describe('rule 30: a lifecycle rule', () => {
  test('that deletes or moves objects below the prefix is warned of by name, with bucket and prefix', () => {
    const [deletes, ...more] = warningsOf([expiring])
    expect(deletes).toMatch(/^lifecycle rule tidy of bucket bank deletes objects below prefix "streams"/)
    expect(more).toEqual([])
    const moving: LifecycleRule = { Status: 'Enabled', Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }
    expect(warningsOf([moving])[0]).toMatch(/^lifecycle rule \(without an id\) of bucket bank moves objects/)
  })

  test.each([
    ['above the prefix', { Prefix: 'str' }, 1],
    ['the prefix itself', { Prefix: 'streams/' }, 1],
    ['below the prefix', { And: { Prefix: 'streams/x/', ObjectSizeGreaterThan: 1 } }, 1],
    ['beside the prefix', { Prefix: 'streams-old/' }, 0],
    ['beside it, with tags', { And: { Prefix: 'streams/', Tags: [{ Key: 'a', Value: 'b' }] } }, 0],
    ['for one tag', { Tag: { Key: 'a', Value: 'b' } }, 0],
  ])('is warned of where it concerns Millrace: %s', (_where, Filter, count) => {
    expect(warningsOf([{ ...expiring, Filter }])).toHaveLength(count)
  })

  test('that is off, or only ends uploads and old versions, is fine', () => {
    const uploads = { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } } as const
    const markers = { Status: 'Enabled', Expiration: { ExpiredObjectDeleteMarker: true } } as const
    expect(warningsOf([{ ...expiring, Status: 'Disabled' }, uploads, markers, sweeping])).toEqual([])
  })
})

test('rule 30: old versions that nothing expires are warned of', () => {
  expect(warningsOf([], true)).toEqual([expect.stringContaining('NoncurrentVersionExpiration')])
  expect(warningsOf([sweeping], true)).toEqual([])
  expect(warningsOf([{ ...sweeping, Filter: { Prefix: 'elsewhere/' } }], true, '')).toEqual([])
  expect(warningsOf([{ ...sweeping, Filter: { Prefix: 'elsewhere/' } }], true)).toHaveLength(1)
})
