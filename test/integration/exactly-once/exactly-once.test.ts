// Real Kafka, MinIO and workerd, handlers that fail, stall and answer garbage, and coordinators that are killed again and again
// while events flow: each event counts once, in its key's order, in state and in what others read.
// FLOW_EVENTS, FLOW_KILLS and FLOW_SEED change the size and the course of a run, FLOW_TELL prints it while it goes.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCommitted } from '../../../infra/local/read-committed.ts'
import { Feeder } from './feeder.ts'
import { finished } from './finished.ts'
import { type FlowParts, startFlowParts, topics } from './flow-parts.ts'
import { makeFlow } from './flow.ts'
import { Reaper } from './reaper.ts'
import { Story } from './story.ts'
import { verifyFed, verifyPublished, verifyState } from './verify.ts'

const eventCount = Number(process.env['FLOW_EVENTS'] ?? 50_000)
const lives = Number(process.env['FLOW_KILLS'] ?? 22)
const seed = process.env['FLOW_SEED'] ?? 'flow-1'
const faultShare = 0.12

let parts: FlowParts
let logDir: string
beforeAll(async () => {
  parts = await startFlowParts(seed, faultShare)
  logDir = await mkdtemp(join(tmpdir(), 'millrace-flow-'))
})
afterAll(() => parts?.stop())

test('each event counts exactly once, whatever is killed, stopped or answered amiss', async () => {
  const { proxy, outages, env, brokers } = parts
  const flow = makeFlow(seed, eventCount)
  const story = new Story()
  const reaper = new Reaper(seed, env, logDir, story)
  const feeder = new Feeder(flow, parts.producer)
  const fed = feeder.run()
  fed.catch((error: unknown) => story.tell(`feeding failed: ${String(error)}`))
  const problems: string[] = []
  const troubledLives = outages.map((_, i) => Math.floor((lives * (i + 1)) / (outages.length + 1)))
  try {
    let killsInFlow = 0
    for (let life = 0; life < lives; life++) {
      feeder.allow(Math.ceil((eventCount * (life + 1)) / (lives + 1)))
      await reaper.life(life, outages[troubledLives.indexOf(life)])
      if (!feeder.done) killsInFlow = reaper.kills
    }
    feeder.allow(eventCount)
    const last = await reaper.last()
    await fed
    story.tell('all events are fed')
    verifyState(flow, await finished(last, flow, problems), problems)
    if ((await reaper.drain(last)) !== 0) problems.push(`${last.name} did not drain: ${last.lastWords}`)
    const records = await readCommitted(brokers, ...topics)
    verifyFed(flow, records, problems)
    verifyPublished(flow, records, problems)
    story.tell(`${proxy.requests} requests, faults ${JSON.stringify([...proxy.happened])}, ${reaper.fenced} fenced`)
    expect([...reaper.surprises, ...problems].slice(0, 20)).toEqual([])
    expect(killsInFlow, 'coordinators killed while events flowed').toBeGreaterThanOrEqual(Math.min(20, lives))
    expect(reaper.fenced, 'elders that left when another took over').toBeGreaterThan(0)
    await rm(logDir, { recursive: true, force: true })
  } catch (error) {
    const run = `FLOW_SEED=${seed} FLOW_EVENTS=${eventCount} FLOW_KILLS=${lives}, logs in ${logDir}`
    const found = [...reaper.surprises, ...problems].slice(0, 40).join('\n')
    throw new Error(`${String(error)}\n${found}\n${run}\n${story}`, { cause: error })
  } finally {
    feeder.stop()
    await reaper.killAll()
  }
})
