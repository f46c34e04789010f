import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBucket } from '../../../infra/local/minio.ts'
import { type RealParts, realParts } from '../../../infra/local/parts.ts'
import { CoordinatorChild } from '../support/coordinator-child.ts'
import { createTopics } from '../support/create-topics.ts'
import { millrace } from '../support/millrace.ts'
import { type Producer, startProducer } from '../support/producer.ts'
import { countsAt, emitted, idle, Orders, statusOf } from './shop.ts'

const config = join(import.meta.dirname, 'application.ts')
const directory = mkdtempSync(join(tmpdir(), 'millrace-savepoints-'))
let parts: RealParts
let producer: Producer
const children: CoordinatorChild[] = []

beforeAll(async () => {
  parts = await realParts()
  producer = await startProducer(parts.kafka.brokers)
  await createTopics(parts.kafka.brokers, ['orders', 'out', 'dead', 'shadow.out', 'shadow.dead'], 4)
  for (const bucket of ['one', 'two']) await createBucket(parts.s3, bucket)
})
afterAll(async () => {
  for (const child of children) if (!child.hasEnded) await child.kill()
  await producer?.close()
  await parts?.stop()
  rmSync(directory, { recursive: true })
})

const envOf = (bucket: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  MILLRACE_KAFKA_BROKERS: parts.kafka.brokers,
  MILLRACE_STORAGE_BUCKET: bucket,
  MILLRACE_STORAGE_ENDPOINT: parts.s3.endpoint,
  MILLRACE_STORAGE_CREDENTIALS_ACCESS_KEY_ID: parts.s3.accessKey,
  MILLRACE_STORAGE_CREDENTIALS_SECRET_ACCESS_KEY: parts.s3.secretKey,
  ...more,
})

const start = async (
  env: Record<string, string>,
  ...more: readonly string[]
): Promise<CoordinatorChild & { url: string }> => {
  const child = new CoordinatorChild(more.join(' '), config, env, join(directory, 'log'), more)
  children.push(child)
  while (child.url === undefined) {
    if (child.hasEnded) throw new Error(`it did not start:\n${child.lastWords}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return Object.assign(child, { url: child.url })
}

/** A `millrace savepoint` command that must end with `code`; answers what it printed. */
const savepoint = async (env: Record<string, string>, args: readonly string[], code = 0): Promise<string> => {
  const ended = await millrace(['savepoint', ...args, '--config', config], env)
  expect([ended.code, ended.stdout + ended.stderr]).toEqual([code, expect.anything()])
  return ended.stdout + ended.stderr
}

/** The story goes on from test to test: an original, its fork, what both came to, and who goes on from there. */
const story: { orders?: Orders; env?: { one: Record<string, string>; two: Record<string, string> } } = {}
const told = () => {
  const orders = (story.orders ??= new Orders(producer))
  const env = (story.env ??= { one: envOf('one'), two: envOf('two', { MILLRACE_MAX_PARALLELISM: '240' }) })
  return { orders, ...env, brokers: parts.kafka.brokers }
}
const copies = join(directory, 'copies')

test('a fork of a running application, in another bucket and beside it: each effect once in both', async () => {
  const { orders, one, two, brokers } = told()
  const original = await start(one)
  // Under load: one is kept in the bucket, the other is copied to a directory.
  const feeding = orders.feed(60)
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(await savepoint(one, ['create', 'mid', '--url', original.url])).toContain('savepoint mid of shop at commit')
  await savepoint(one, ['create', 'fork', '--url', original.url, '--to', copies])
  await feeding
  const copied = join(copies, 'fork')
  const before = await countsAt(copied)
  expect(Math.max(...before.values())).toBeGreaterThan(0)
  expect(await savepoint(one, ['inspect', copied])).toContain('every file matches its checksum')
  expect(await savepoint(one, ['list'])).toMatch(/^mid +shop/m)

  const restore = ['restore', copied, '--as', 'shop-fork']
  expect(await savepoint(two, [...restore, '--drop', 'shop/none'], 2)).toContain('no function shop/none')
  expect(await savepoint(two, restore)).toContain('the application shop-fork is new')
  expect(await savepoint(two, restore, 2)).toContain('APPLICATION_EXISTS')
  const fork = await start(two, '--as', 'shop-fork', '--egress', 'redirect')
  expect((await statusOf(fork.url)).shadow).toContain('redirect')
  await orders.feed(20)
  const records = orders.rounds * 200
  await idle(original.url, records)
  await idle(fork.url, records - [...before.values()].reduce((all, count) => all + count, 0))
  expect(await emitted(brokers, 'out')).toEqual(orders.expected())
  expect(await emitted(brokers, 'shadow.out')).toEqual(orders.expected(before))
  expect(await original.drain()).toBe(0)
  expect(await fork.drain()).toBe(0)
})

test('both come to the same, and savepoints of what nobody runs tell it', async () => {
  const { one, two } = told()
  await savepoint(one, ['create', 'end', '--offline'])
  expect(await savepoint(two, ['create', 'x', '--offline'], 2)).toContain('there is: shop-fork')
  await savepoint(two, ['create', 'fork-end', '--offline', '--as', 'shop-fork', '--to', copies])
  const equal = await savepoint(one, ['compare', 'end', join(copies, 'fork-end')])
  expect(equal).toMatch(/shop\/customer\.count +200 +0 +0 +0/)
  expect(await savepoint(one, ['compare', 'mid', 'end'], 1)).toContain('shop/customer.count, different: ')
})

test('the log replayed to the commit of a savepoint is what was written while records flowed, and goes on from there', async () => {
  const { one } = told()
  const inspected: { commit: { log: string; number: number } } = JSON.parse(
    await savepoint(one, ['inspect', 'mid', '--json']),
  )
  const { log, number } = inspected.commit
  await savepoint(one, ['create', 'past', '--at', `${log}/${number}`])
  await savepoint(one, ['compare', 'mid', 'past'])
  await savepoint(one, ['restore', 'past', '--as', 'shop-past'])
  const past = await start(one, '--as', 'shop-past', '--egress', 'hold')
  await idle(past.url, 1)
  expect(await past.drain()).toBe(0)
  await savepoint(one, ['create', 'past-end', '--offline', '--as', 'shop-past', '--to', copies])
  await savepoint(one, ['compare', 'end', join(copies, 'past-end')])
  await savepoint(one, ['delete', 'past'])
  expect(await savepoint(one, ['inspect', 'past'], 2)).toContain('SAVEPOINT_UNKNOWN')
})

test('a stopped one goes on under another name where it was, and rule 29: everyone has markers of its own', async () => {
  const { orders, one, brokers } = told()
  await savepoint(one, ['restore', 'end', '--as', 'shop-moved'])
  const moved = await start(one, '--as', 'shop-moved')
  await orders.feed(10)
  await idle(moved.url, 10 * 200)
  expect(await moved.drain()).toBe(0)
  expect(await emitted(brokers, 'out')).toEqual(orders.expected())
  expect(await emitted(brokers, 'dead')).toEqual([])
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const markers = (await admin.listTopics()).filter((topic) => topic.endsWith('.markers'))
  await admin.disconnect()
  const owners = markers.map((topic) => topic.split('.')[0]).toSorted()
  expect(owners).toEqual(['shop', 'shop-fork', 'shop-moved', 'shop-past'])
})

test('the name of a running one is taken: it ends fenced, and what goes on under the name has each effect once', async () => {
  const { orders, one, brokers } = told()
  const elder = await start(one, '--as', 'shop-moved')
  await orders.feed(5)
  await idle(elder.url, 5 * 200)
  await savepoint(one, ['create', 'now', '--as', 'shop-moved', '--url', elder.url, '--to', copies])
  await savepoint(one, ['restore', join(copies, 'now'), '--as', 'shop-moved', '--replace'])
  expect(await elder.ended).toBe(3)
  const heir = await start(one, '--as', 'shop-moved')
  await orders.feed(5)
  await idle(heir.url, 5 * 200)
  expect(await heir.drain()).toBe(0)
  expect(await emitted(brokers, 'out')).toEqual(orders.expected())
})
