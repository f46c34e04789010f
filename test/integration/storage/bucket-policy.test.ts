import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningMinio, startMinio } from '../../../infra/local/minio.ts'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { systemRandom } from '../../../runtime/platform/system-random.ts'
import { probeStore } from '../../../runtime/storage/probe.ts'
import { s3Store } from '../../../runtime/storage/s3.ts'
import { guidePrefix, limitedTo, policyOfTheGuide } from '../support/guide-policy.ts'

const bucket = 'limited'
let minio: RunningMinio
beforeAll(async () => {
  minio = await startMinio()
  await minio.createBucket(bucket)
})
afterAll(() => minio?.stop())

const storeWith = async (policy: string) =>
  s3Store(
    {
      endpoint: minio.endpoint,
      region: 'us-east-1',
      bucket,
      prefix: guidePrefix,
      credentials: await limitedTo(policy, minio),
      pathStyle: true,
      requestTimeoutMs: 15_000,
    },
    systemClock,
  )

test("the guide's policy is enough, with temporary credentials", async () => {
  const store = await storeWith(await policyOfTheGuide(bucket))
  await probeStore(store, systemRandom, systemClock)
  // The first PUT is the SDK's, those after it are signed by ourselves.
  for (const text of ['one', 'two']) expect((await store.put('k', utf8Encode(text))).kind).toBe('ok')
  expect(utf8Decode((await store.get('k'))!.bytes)).toBe('two')
  expect(await store.get('nothing')).toBeUndefined()
  await store.close()
})

const actions = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket']
test.each(actions)('without %s the probe of a start says so', async (action) => {
  const denied = JSON.stringify({ Effect: 'Deny', Action: action, Resource: `arn:aws:s3:::${bucket}*` })
  const policy = await policyOfTheGuide(bucket)
  const store = await storeWith(policy.replace('"Statement": [', `"Statement": [${denied},`))
  await expect(probeStore(store, systemRandom, systemClock)).rejects.toMatchObject({
    code: 'STORE_FORBIDDEN',
    message: expect.stringMatching(new RegExp(`bucket ${bucket} .* refuses ${action} \\(AccessDenied\\)`)),
  })
  await store.close()
})
