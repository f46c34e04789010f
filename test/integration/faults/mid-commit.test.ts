import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apis } from '../../../runtime/connectors/kafka/apis.ts'
import { judgedFlow } from '../exactly-once/judged-flow.ts'
import { startTroubledParts, type TroubledParts } from './troubled-parts.ts'

const seed = 'mid-commit'

let parts: TroubledParts
beforeAll(async () => {
  parts = await startTroubledParts(seed)
})
afterAll(() => parts?.stop())

// EndTxn comes when all of a transaction's records are in the broker.
const deaths = [
  ['before the end of a transaction has reached it', 'kept-back', 0],
  ['as the end of a transaction reaches it', 'passed-on', 0],
  ['a moment after the end of a transaction reached it', 'passed-on', 5],
  ['with a transaction committed, and its answer lost', 'passed-on', 300],
] as const

test('rule 11: a broker that is killed between records and their commit, or after it, loses and doubles nothing', async () => {
  const { kafka, troubles } = parts
  const plan = { seed, events: 8_000, pace: { chunk: 60, pauseMs: 180 } }
  const { coordinators } = await judgedFlow(parts, plan, async ({ coordinators, feeder, story }) => {
    const child = await coordinators.start('publishes to a broker that dies')
    for (const [i, [when, request, afterMs]] of deaths.entries()) {
      feeder.allow(Math.ceil((plan.events * (i + 1)) / (deaths.length + 1)))
      await sleep(2_000)
      await troubles.broker.meet(apis.endTxn.key, request, async () => {
        await sleep(afterMs)
        await kafka.kill()
        story.tell(`the broker dies ${when}`)
      })
      await kafka.restart()
      story.tell('the broker is back')
    }
    expect(child.hasEnded).toBe(false)
    return child
  })
  expect(coordinators.takeOvers, 'none of it ends a coordinator').toBe(1)
})
