import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { judgedFlow } from '../exactly-once/judged-flow.ts'
import { startTroubledParts, type TroubledParts } from './troubled-parts.ts'

/** Longer than its transactions may last. */
const stoppedMs = 12_000
const transactionTimeoutMs = 10_000
const saysWhy = /"exitCode":3,.*FENCED: another coordinator has taken this application over/

describe('rule 7: a coordinator that is stopped, taken over from and continued', () => {
  let parts: TroubledParts | undefined
  afterEach(() => parts?.stop())

  test.each([
    ['twice, on a fast store', [1, 2], 0],
    ['while every answer of the store takes 300 ms', [1], 300],
  ])('notices, says why and ends, and nothing is lost or doubled, %s', async (what, rounds, latency) => {
    parts = await startTroubledParts(`stopped ${what}`, {
      MILLRACE_COMMIT_TRANSACTION_TIMEOUT: `${transactionTimeoutMs}ms`,
    })
    const { storage } = parts.troubles
    const plan = { seed: `stopped ${what}`, events: 10_000, pace: { chunk: 60, pauseMs: 180 }, sendPauseMs: 10 }
    const mend = latency > 0 ? await storage.trouble({ type: 'latency', attributes: { latency } }) : undefined
    const { coordinators } = await judgedFlow(parts, plan, async ({ coordinators, feeder, senders, story }) => {
      let elder = await coordinators.start('to be stopped')
      for (const round of rounds) {
        feeder.allow(Math.ceil((plan.events * round) / (rounds.length + 1)))
        await sleep(4_000)
        elder.pause()
        story.tell(`${elder.name} is stopped`)
        await sleep(stoppedMs / 2)
        const next = await coordinators.start(`takes over from a stopped one, round ${round}`)
        await sleep(stoppedMs / 2)
        const unanswered = senders.underWayAt(elder.url!)
        expect(unanswered, 'requests that wait for the stopped one').toBeGreaterThan(0)
        elder.resume()
        story.tell(`${elder.name} goes on, ${unanswered} requests wait for it`)
        await coordinators.leaves(elder)
        expect(elder.lastWords).toMatch(saysWhy)
        elder = next
      }
      await mend?.()
      return elder
    })
    expect(coordinators.fenced).toBe(rounds.length)
  })
})
