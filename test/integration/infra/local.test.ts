import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlive } from '../../../infra/local/is-alive.ts'
import { type RunningKafka, startKafka } from '../../../infra/local/kafka.ts'
import { type RunningMinio, startMinio } from '../../../infra/local/minio.ts'
import { accepts, freePorts } from '../../../infra/local/ports.ts'
import { readCommitted } from '../../../infra/local/read-committed.ts'

const client = (config: KafkaConfig) => new Kafka({ logLevel: logLevel.NOTHING, ...config })

async function withAdmin<T>(config: KafkaConfig, use: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = client(config).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

describe('a local Kafka', () => {
  let kafka: RunningKafka
  let proxyPort: number

  beforeAll(async () => {
    proxyPort = (await freePorts(1))[0]!
    kafka = await startKafka({ heapMb: 512, secure: true, faultyVia: { listenPort: proxyPort } })
    const topics = [{ topic: 'events', numPartitions: 3 }]
    await withAdmin({ brokers: [kafka.brokers] }, (admin) => admin.createTopics({ topics, waitForLeaders: true }))
  })
  afterAll(() => kafka?.stop())

  it('shows a read-committed consumer committed records, and neither aborted nor open ones', async () => {
    const producer = client({ brokers: [kafka.brokers] }).producer({
      transactionalId: 'writer',
      idempotent: true,
      maxInFlightRequests: 1,
    })
    await producer.connect()
    const write = async (partition: number, value: Buffer | string) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: 'events', messages: [{ key: 'k', value, partition, headers: { h: 'ü' } }] })
      return transaction
    }
    await (await write(0, 'first')).commit()
    await (await write(0, 'aborted')).abort()
    await (await write(1, 'aborted, alone in its partition')).abort()
    await (await write(0, Buffer.from([255, 1]))).commit()
    const open = await write(0, 'open')
    const seen = await readCommitted(kafka.brokers, 'events')
    await open.commit()
    const later = await readCommitted(kafka.brokers, 'events')
    await producer.disconnect()
    expect(seen.map(({ partition, value }) => [partition, value])).toEqual([
      [0, 'first'],
      [0, { base64: '/wE=' }],
    ])
    expect(seen[0]).toMatchObject({ topic: 'events', offset: 0, key: 'k', headers: [['h', 'ü']] })
    expect(later.map(({ value }) => value)).toEqual(['first', { base64: '/wE=' }, 'open'])
  })

  it('keeps its address and its records when it is killed and restarted', async () => {
    const before = await readCommitted(kafka.brokers, 'events')
    const [pid, brokers] = [kafka.pid, kafka.brokers]
    await kafka.kill()
    expect(isAlive(pid)).toBe(false)
    await kafka.restart()
    expect(kafka.pid).not.toBe(pid)
    expect(kafka.brokers).toBe(brokers)
    expect(before.length).toBeGreaterThan(0)
    expect(await readCommitted(kafka.brokers, 'events')).toEqual(before)
  })

  it('lets clients in by SCRAM and by TLS, and keeps out a wrong password', async () => {
    const { scramBrokers, tlsBrokers, username, password, caFile } = kafka.secure!
    const scram = (secret: string): KafkaConfig => ({
      brokers: [scramBrokers],
      sasl: { mechanism: 'scram-sha-512', username, password: secret },
      retry: { retries: 0 },
    })
    const tls = { brokers: [tlsBrokers], ssl: { ca: [readFileSync(caFile, 'utf8')] } }
    expect(await withAdmin(scram(password), (admin) => admin.listTopics())).toContain('events')
    expect(await withAdmin(tls, (admin) => admin.listTopics())).toContain('events')
    await expect(withAdmin(scram('wrong'), (admin) => admin.listTopics())).rejects.toThrow(/authentication/i)
  })

  it('tells the clients of its fault listener to come back through the proxy', async () => {
    const cluster = await withAdmin({ brokers: [kafka.brokers] }, (admin) => admin.describeCluster())
    expect(kafka.faulty!.brokers).toBe(`127.0.0.1:${proxyPort}`)
    expect(cluster.brokers.map(({ port }) => port)).not.toContain(proxyPort)
    const dial = { brokers: [kafka.faulty!.upstream], retry: { retries: 0 } }
    const refused = withAdmin(dial, (admin) => admin.listTopics())
    // Nothing listens on the proxy's port here: that the client was sent there is what is refused.
    await expect(refused).rejects.toThrow(new RegExp(`${proxyPort}`))
  })

  it('says which port is taken instead of waiting for a stranger to be Kafka', async () => {
    const port = Number(kafka.brokers.split(':')[1])
    await expect(startKafka({ port })).rejects.toThrow(`port ${port} of 127.0.0.1 is taken`)
  })

  it('reports the last lines of the log when the node does not come up', async () => {
    const broken = startKafka({ heapMb: 512, properties: { 'log.retention.bytes': 'plenty' } })
    await expect(broken).rejects.toThrow(/log\.retention\.bytes/)
  })

  it('dies with a parent that ends without stopping it', async () => {
    const code = `import { startMinio } from './infra/local/minio.ts'
      const { pid } = await startMinio()
      console.log(pid)
      process.exit(0)`
    const run = promisify(execFile)(process.execPath, ['--input-type=module-typescript', '--eval', code])
    const pid = Number((await run).stdout)
    expect(pid).toBeGreaterThan(0)
    for (let waits = 0; isAlive(pid) && waits < 100; waits++) await sleep(50)
    expect(isAlive(pid)).toBe(false)
  })
})

describe('a local MinIO', () => {
  let minio: RunningMinio
  let s3: S3Client

  beforeAll(async () => {
    minio = await startMinio()
    await minio.createBucket('local-test')
    const { accessKey, secretKey, endpoint } = minio
    const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
    s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 })
  })
  afterAll(async () => {
    s3?.destroy()
    await minio?.stop()
  })

  const at = { Bucket: 'local-test', Key: 'a/b' }
  const read = async () => (await s3.send(new GetObjectCommand(at))).Body!.transformToString()

  it('keeps objects when it is killed and restarted', async () => {
    await s3.send(new PutObjectCommand({ ...at, Body: 'one' }))
    await minio.kill()
    expect(await accepts(Number(new URL(minio.endpoint).port))).toBe(false)
    await minio.restart()
    expect(await read()).toBe('one')
  })

  it('refuses to create an object that exists', async () => {
    const again = s3.send(new PutObjectCommand({ ...at, Body: 'two', IfNoneMatch: '*' }))
    await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect(await read()).toBe('one')
  })

  it('creates a bucket that exists without complaint', async () => {
    await expect(minio.createBucket('local-test')).resolves.toBeUndefined()
  })
})
