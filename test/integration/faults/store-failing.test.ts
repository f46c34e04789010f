import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { judgedFlow } from '../exactly-once/judged-flow.ts'
import { metricsOf } from '../support/metrics.ts'
import { startTroubledParts, type TroubledParts } from './troubled-parts.ts'

const seed = 'store-failing'
const outageMs = 30_000
const stuckMs = 15_000

let parts: TroubledParts
beforeAll(async () => {
  // Small, so that one that cannot be written is soon full.
  parts = await startTroubledParts(seed, {
    MILLRACE_LIMITS_WINDOW_BYTES_MAX: '256KiB',
    MILLRACE_LIMITS_VALUE_BYTES_MAX: '64KiB',
  })
})
afterAll(() => parts?.stop())

test('rule 8: a store that fails one request of ten, and then all of them, loses and doubles nothing', async () => {
  const { store } = parts.troubles
  const plan = { seed, events: 10_000, pace: { chunk: 60, pauseMs: 240 } }
  const { senders } = await judgedFlow(parts, plan, async ({ coordinators, feeder, senders, story }) => {
    store.share = 0.1
    const child = await coordinators.start('works on a store that fails')
    feeder.allow(plan.events / 4)
    while (feeder.delivered < plan.events / 4) await sleep(100)
    // At most 250 a second, so that they outlast the outage.
    feeder.allow(plan.events)
    story.tell(`the store goes away: ${JSON.stringify([...store.happened])}`)
    const acknowledged = senders.acknowledged
    expect(senders.answers.get(503)).toBe(undefined)
    store.outage = true
    const began = performance.now()
    const elapsedMs = (): number => performance.now() - began
    while (!senders.answers.has(503) && elapsedMs() < 2 * outageMs) await sleep(20)
    const refusedAfterMs = elapsedMs()
    story.tell(`HTTP is refused ${Math.round(refusedAfterMs)} ms later`)
    expect(refusedAfterMs).toBeGreaterThan(stuckMs - 3_000)
    expect(refusedAfterMs).toBeLessThan(2 * outageMs)
    expect(senders.acknowledged, 'nothing is acknowledged meanwhile').toBeLessThanOrEqual(acknowledged + 6)
    expect(await readiness(child.url!)).toMatch(/^503 .*15 s/)
    const before = await counts(child.url!)
    await sleep(Math.max(2_000, outageMs - refusedAfterMs))
    const after = await counts(child.url!)
    expect(after.routed, 'records that are taken in while nothing can be committed').toBe(before.routed)
    expect(after.lag, 'records that wait in Kafka').toBeGreaterThan(before.lag)
    store.outage = false
    while ((await readiness(child.url!)) !== '200') await sleep(100)
    store.share = 0
    story.tell('the store is back')
    expect(child.hasEnded).toBe(false)
    return child
  })
  expect([...store.happened.keys()].sort()).toEqual(['dropped', 'late-error', 'late-reset', 'outage', 'refused'])
  expect(senders.answers.get(503)).toBeGreaterThan(0)
})

const readiness = async (url: string): Promise<string> => {
  const answer = await fetch(new URL('/ready', url))
  const text = await answer.text()
  return answer.status === 200 ? '200' : `${answer.status} ${text}`
}

const counts = async (url: string): Promise<{ routed: number; lag: number }> => {
  const metrics = await metricsOf(url)
  return { routed: metrics?.get('millrace_records_total') ?? NaN, lag: metrics?.get('millrace_lag_records') ?? NaN }
}
