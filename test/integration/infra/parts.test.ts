import { afterEach, expect, it, vi } from 'vitest'
import { realParts } from '../../../infra/local/parts.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

it('uses the servers that the environment names, and neither starts nor stops any', async () => {
  vi.stubEnv('KAFKA_BROKERS', 'kafka.example:9092')
  vi.stubEnv('S3_ENDPOINT', 'https://s3.example')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'me')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', '')
  const parts = await realParts()
  await parts.stop()
  expect(parts.kafka).toEqual({ brokers: 'kafka.example:9092', own: undefined })
  expect(parts.s3).toEqual({
    endpoint: 'https://s3.example',
    accessKey: 'me',
    secretKey: 'minioadmin',
    own: undefined,
  })
})

it('starts what the environment does not name', async () => {
  vi.stubEnv('KAFKA_BROKERS', 'kafka.example:9092')
  vi.stubEnv('S3_ENDPOINT', undefined)
  const parts = await realParts()
  const ready = () => fetch(`${parts.s3.endpoint}/minio/health/ready`)
  expect((await ready()).status).toBe(200)
  await parts.stop()
  await expect(ready()).rejects.toThrow()
})
