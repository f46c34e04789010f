import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { guidePrefix, limitedTo, policyOfTheGuide } from '../support/guide-policy.ts'
import { type FaultApplication, faultsBucket, FaultWorld } from './fault-world.ts'
import { allow, authorizing, type Right, rightsOfTheGuide } from './rights-of-the-guide.ts'

let world: FaultWorld
let guide: readonly Right[]
beforeAll(async () => {
  guide = await rightsOfTheGuide()
  world = await FaultWorld.start(authorizing)
})
afterAll(() => world?.stop())

const user = () => world.kafka.secure!.username
const asUser = () => ({
  MILLRACE_KAFKA_BROKERS: world.kafka.secure!.scramBrokers,
  MILLRACE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
  MILLRACE_KAFKA_SASL_USERNAME: user(),
  MILLRACE_KAFKA_SASL_PASSWORD: world.kafka.secure!.password,
})
const allowed = (app: FaultApplication, rights: readonly Right[]) => allow(world.admin, user(), app, rights)
const without = (on: RegExp, operation: Right['operation']): readonly Right[] => {
  const kept = guide.filter((right) => !on.test(right.on) || right.operation !== operation)
  expect(kept).toHaveLength(guide.length - 1)
  return kept
}
const any = { max: 1, matches: () => true }
const values = async (app: FaultApplication, count: number) => (await app.outputs(count)).map(({ value }) => value)

test("the guide's rights in Kafka and in the bucket are enough to start, to work, to recover and to look at dead letters", async () => {
  const app = await world.application('enough')
  await allowed(app, guide)
  const limited = await limitedTo(await policyOfTheGuide(faultsBucket), world.minio)
  const asUserOfBoth = {
    ...asUser(),
    MILLRACE_STORAGE_PREFIX: guidePrefix,
    MILLRACE_STORAGE_CREDENTIALS_ACCESS_KEY_ID: limited.accessKeyId,
    MILLRACE_STORAGE_CREDENTIALS_SECRET_ACCESS_KEY: limited.secretAccessKey,
    MILLRACE_STORAGE_CREDENTIALS_SESSION_TOKEN: limited.sessionToken,
  }
  const started = await app.start(asUserOfBoth)
  await app.feed(['one', 'two'])
  expect(await values(app, 2)).toEqual(['one', 'two'])
  await app.stop(started)
  const [group] = await world.admin.fetchOffsets({ groupId: app.name })
  expect(group).toMatchObject({ topic: app.input })
  expect(group!.partitions).toContainEqual(expect.objectContaining({ partition: 0, offset: '2' }))
  const next = await app.start(asUserOfBoth)
  await app.feed(['three'])
  expect(await values(app, 3)).toEqual(['one', 'two', 'three'])
  expect(await next.running.deadLetters.newest(any)).toEqual({ letters: [], complete: true })
})

describe('a start without one of the rights says which, and leaves the elder at work', () => {
  test.each<[on: RegExp, operation: Right['operation'], message: (app: FaultApplication) => string]>([
    [
      /^the topics of ingresses/,
      'Read',
      ({ input }) => `ingress input: Kafka does not let this user read topic ${input}; grant Read`,
    ],
    [
      /^the topics of egresses/,
      'Write',
      ({ output }) => `egress out: Kafka does not let this user write topic ${output}; grant Write`,
    ],
    [/^topics .*millrace\*/, 'Read', () => 'markers of publication: Kafka does not let this user read topic'],
    [/^topics .*millrace\*/, 'Write', () => 'markers of publication: Kafka does not let this user write topic'],
    [/^transactional ids/, 'Write', () => 'cannot write in transactions: .* grant Write on the transactional id'],
  ])('%s: %s', async (on, operation, message) => {
    const app = await world.application(`without-${operation}-${on.source.replaceAll(/[^a-z]/g, '')}`.toLowerCase())
    const elder = await app.start()
    await allowed(app, without(on, operation))
    await expect(app.start(asUser())).rejects.toMatchObject({
      code: 'LOG_FORBIDDEN',
      message: expect.stringMatching(new RegExp(message(app))),
    })
    await app.feed(['still'])
    expect(await values(app, 1)).toEqual(['still'])
    expect(await elder.running.isStillOurs()).toBe(true)
  })
})

describe('the topic of markers', () => {
  const uncreated = () => without(/^topics .*millrace\*/, 'Create')

  test('without the right to create it a start says so, and how to do without', async () => {
    const app = await world.application('uncreated')
    await allowed(app, uncreated())
    await expect(app.start(asUser())).rejects.toMatchObject({
      code: 'LOG_FORBIDDEN',
      message: expect.stringMatching(/internalTopics\.create.*grant Create by an ACL, or create it yourself/),
    })
  })

  test('once it is there, the right to create it is needed no more', async () => {
    const app = await world.application('created')
    await app.stop(await app.start())
    await allowed(app, uncreated())
    await app.start(asUser())
    await app.feed(['one'])
    expect(await values(app, 1)).toEqual(['one'])
  })
})

test('without the right to read dead letters, who asks for them is told, and the rest goes on', async () => {
  const app = await world.application('unread')
  await allowed(app, without(/^the topic of dead letters/, 'Read'))
  const { running } = await app.start(asUser())
  await expect(running.deadLetters.newest(any)).rejects.toMatchObject({
    code: 'LOG_FORBIDDEN',
    message: expect.stringContaining(`does not let this user read topic ${app.dead}; grant Read`),
  })
  await app.feed(['one'])
  expect(await values(app, 1)).toEqual(['one'])
})

test('without the right to tell lag tools the application works all the same', async () => {
  const app = await world.application('untold')
  await allowed(app, without(/^group/, 'Read'))
  const started = await app.start(asUser())
  await app.feed(['one'])
  expect(await values(app, 1)).toEqual(['one'])
  await app.stop(started)
  expect(await started.running.ended).toBe('drained')
})

test('a right to write that is taken away at work keeps what it held back, until it is given again', async () => {
  const app = await world.application('taken')
  await allowed(app, guide)
  const { running } = await app.start(asUser())
  await app.feed(['before'])
  expect(await values(app, 1)).toEqual(['before'])
  await allowed(app, without(/^the topics of egresses/, 'Write'))
  const held = Array.from({ length: 5 }, (_, i) => `held ${i}`)
  for (const value of held) await app.feed([value])
  const undelivered = () => running.read((shard) => shard.undelivered.size)
  await expect.poll(undelivered, { timeout: 60_000 }).toBe(held.length)
  await allowed(app, guide)
  await app.feed(['after'])
  expect(await values(app, 2)).toEqual(['before', 'after'])
  expect(await running.retryUndelivered(app.output)).toBe(held.length)
  expect(await values(app, 7)).toEqual(['before', 'after', ...held])
})
