import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StartedApplication } from '../../../runtime/cli/start-application.ts'
import { createTopics } from '../support/create-topics.ts'
import { type FaultApplication, FaultWorld } from './fault-world.ts'

let world: FaultWorld
beforeAll(async () => {
  world = await FaultWorld.start()
})
afterAll(() => world?.stop())

const numbered = (what: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${what} ${i}`)

/** An application that has read so many records and is at rest. */
const rested = async (name: string, count: number): Promise<FaultApplication> => {
  const app = await world.application(name)
  const started = await app.start()
  await app.feed(numbered('early', count))
  await app.outputs(count)
  await app.stop(started)
  return app
}
const refusal = (app: FaultApplication): Promise<unknown> =>
  app.start().then(
    () => 'it started',
    (error: unknown) => error,
  )

describe('rule 25: a start on a topic that no longer has the position', () => {
  test('records that were not read have been deleted', async () => {
    const app = await rested('trimmed', 20)
    await app.feed(numbered('lost', 20))
    // kafkajs deletes in topics alone that it has asked about before.
    await world.admin.fetchTopicOffsets(app.input)
    await world.admin.deleteTopicRecords({ topic: app.input, partitions: [{ partition: 0, offset: '40' }] })
    expect(await refusal(app)).toMatchObject({
      code: 'LOG_OFFSET_OUT_OF_RANGE',
      message: expect.stringMatching(new RegExp(`partition 0 of topic ${app.input} .*offset 20.* 40 to 40.*retention`)),
    })
  })

  test('the topic was deleted and created again, and is shorter', async () => {
    const app = await rested('shorter', 20)
    await recreate(app.input)
    expect(await refusal(app)).toMatchObject({
      code: 'LOG_OFFSET_OUT_OF_RANGE',
      message: expect.stringContaining('deleted and created again'),
    })
  })

  test('the topic was deleted and created again, and has grown beyond the position', async () => {
    const app = await rested('grown', 20)
    await recreate(app.input)
    await app.feed(numbered('of another topic', 30))
    expect(await refusal(app)).toMatchObject({
      code: 'LOG_RECREATED',
      message: expect.stringContaining(`partition 0 of topic ${app.input}`),
    })
  })
})

test('a coordinator whose ingress topic is deleted ends and says so', async () => {
  const app = await world.application('deleted')
  const { running } = await app.start()
  await app.feed(['one'])
  await app.outputs(1)
  await world.admin.deleteTopics({ topics: [app.input] })
  await expect(running.ended).rejects.toMatchObject({
    code: 'LOG_TOPIC_MISSING',
    message: expect.stringContaining(app.input),
  })
})

describe('rule 17: a record that can never be written is kept, and the rest goes on', () => {
  test('one that is larger than its topic takes', async () => {
    const app = await world.application('large')
    const resources = [{ type: 2, name: app.output, configEntries: [{ name: 'max.message.bytes', value: '2000' }] }]
    await world.admin.alterConfigs({ validateOnly: false, resources })
    const started = await app.start()
    await app.feed(['small 0', `large ${'x'.repeat(5_000)}`, 'small 1'])
    await app.feed(['small 2'])
    expect((await app.outputs(3)).map(({ value }) => value)).toEqual(numbered('small', 3))
    expect(await undelivered(started)).toEqual([{ topic: app.output, size: 5_006 }])
    // Kept for good: whoever comes next does not send it either, and goes on behind it.
    await app.stop(started)
    const next = await app.start()
    await app.feed(['small 3'])
    expect((await app.outputs(4)).map(({ value }) => value)).toEqual(numbered('small', 4))
    expect(await undelivered(next)).toHaveLength(1)
  })

  test('those to a topic that was deleted', async () => {
    const app = await world.application('no-egress')
    const started = await app.start()
    await app.feed(numbered('early', 5))
    await app.outputs(5)
    await world.admin.deleteTopics({ topics: [app.output] })
    await app.feed(numbered('late', 5))
    const deadline = Date.now() + 60_000
    while ((await undelivered(started)).length < 5 && Date.now() < deadline)
      await new Promise((r) => setTimeout(r, 100))
    expect(await undelivered(started)).toEqual(
      numbered('late', 5).map((text) => ({ topic: app.output, size: text.length })),
    )
    await createTopics(world.kafka.brokers, [app.output], 2)
    await app.feed(['again'])
    expect((await app.outputs(1)).map(({ value }) => value)).toEqual(['again'])
  })
})

const undelivered = ({ running }: StartedApplication): Promise<{ topic: string; size: number }[]> =>
  running.read((shard) =>
    [...shard.undelivered.values()].map(({ topic, value }) => ({ topic, size: value === null ? 0 : value.length })),
  )

const recreate = async (topic: string): Promise<void> => {
  await world.admin.deleteTopics({ topics: [topic] })
  // Deletion goes on after its answer.
  for (let tries = 0; ; tries++)
    try {
      return await createTopics(world.kafka.brokers, [topic], 2)
    } catch (error) {
      if (tries === 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
}
