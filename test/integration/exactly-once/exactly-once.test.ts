// Real Kafka, MinIO and workerd, handlers that fail, stall and answer garbage, and coordinators that are killed again and again
// while events flow: each event counts once, in its key's order, in state and in what others read.
// FLOW_EVENTS, FLOW_KILLS and FLOW_SEED change the size and the course of a run, FLOW_TELL prints it while it goes.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FlowParts, startFlowParts } from './flow-parts.ts'
import { judgedFlow } from './judged-flow.ts'
import { type Outage, Reaper } from './reaper.ts'

const events = Number(process.env['FLOW_EVENTS'] ?? 50_000)
const lives = Number(process.env['FLOW_KILLS'] ?? 22)
const seed = process.env['FLOW_SEED'] ?? 'flow-1'
const faultShare = 0.12

let parts: FlowParts
beforeAll(async () => {
  parts = await startFlowParts({ seed, faultShare })
})
afterAll(() => parts?.stop())

/** Takes Kafka and the store away, politely and by SIGKILL. */
const outagesOf = ({ kafka, minio }: FlowParts): readonly Outage[] => [
  { what: 'Kafka', begin: () => kafka.stop(), end: () => kafka.restart() },
  { what: 'MinIO', begin: () => minio.stop(), end: () => minio.restart() },
  { what: 'Kafka, killed,', begin: () => kafka.kill(), end: () => kafka.restart() },
  { what: 'MinIO, killed,', begin: () => minio.kill(), end: () => minio.restart() },
]

test('each event counts exactly once, whatever is killed, stopped or answered amiss', async () => {
  const outages = outagesOf(parts)
  const troubledLives = outages.map((_, i) => Math.floor((lives * (i + 1)) / (outages.length + 1)))
  let killsInFlow = 0
  const { coordinators } = await judgedFlow(parts, { seed, events }, async ({ coordinators, feeder, story }) => {
    const reaper = new Reaper(seed, coordinators, story)
    for (let life = 0; life < lives; life++) {
      feeder.allow(Math.ceil((events * (life + 1)) / (lives + 1)))
      await reaper.life(life, outages[troubledLives.indexOf(life)])
      if (!feeder.done) killsInFlow = coordinators.kills
    }
    return coordinators.start('last')
  })
  expect(killsInFlow, 'coordinators killed while events flowed').toBeGreaterThanOrEqual(Math.min(20, lives))
  expect(coordinators.fenced, 'elders that left when another took over').toBeGreaterThan(0)
})
