import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Toxic } from '../../../infra/local/toxiproxy.ts'
import { judgedFlow } from '../exactly-once/judged-flow.ts'
import { startTroubledParts, type TroubledParts } from './troubled-parts.ts'

const seed = 'connections'
const rounds = 3
const cut: Toxic = { type: 'reset_peer', attributes: { timeout: 0 } }
const slow: Toxic = { type: 'latency', attributes: { latency: 400, jitter: 100 } }

let parts: TroubledParts
beforeAll(async () => {
  parts = await startTroubledParts(seed)
})
afterAll(() => parts?.stop())

test('connections to Kafka and to the store that are cut and delayed again and again lose and double nothing', async () => {
  const { kafka, storage } = parts.troubles
  const steps = Array.from({ length: rounds }, () => [
    { what: 'Kafka', ways: [kafka] },
    { what: 'the store', ways: [storage] },
    { what: 'both', ways: [kafka, storage] },
  ])
    .flat()
    .flatMap((step) => [cut, slow].map((toxic) => ({ ...step, toxic })))
  const plan = { seed, events: 10_000 }
  const { coordinators } = await judgedFlow(parts, plan, async ({ coordinators, feeder, story }) => {
    const child = await coordinators.start('lives through all of it')
    for (const [i, { what, ways, toxic }] of steps.entries()) {
      feeder.allow(Math.ceil((plan.events * (i + 1)) / (steps.length + 1)))
      const undo = await Promise.all(ways.map((way) => way.trouble(toxic)))
      story.tell(`${toxic.type} for ${what}`)
      await sleep(toxic === cut ? 1_200 : 2_500)
      for (const mend of undo) await mend()
      await sleep(300)
    }
    expect(child.hasEnded).toBe(false)
    return child
  })
  expect(coordinators.takeOvers, 'none of it ends a coordinator').toBe(1)
})
