// Real Kafka, MinIO and workerd, handlers that fail, stall and answer garbage, and coordinators that are killed again and again
// while events flow: each event counts once, in its key's order, in state and in what others read.
// FLOW_EVENTS, FLOW_KILLS and FLOW_SEED change the size and the course of a run, FLOW_TELL prints it while it goes.
import { tmpdir } from 'node:os'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningKafka, startKafka } from '../../../infra/local/kafka.ts'
import { type RunningMinio, startMinio } from '../../../infra/local/minio.ts'
import { readCommitted } from '../../../infra/local/read-committed.ts'
import { type AdminView, adminView } from '../support/admin-view.ts'
import type { CoordinatorChild } from '../support/coordinator-child.ts'
import { createTopics } from '../support/create-topics.ts'
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { type Producer, startProducer } from '../support/producer.ts'
import { startWorkerd, type Workerd } from '../support/workerd.ts'
import { Feeder } from './feeder.ts'
import { type Flow, makeFlow } from './flow.ts'
import { type Outage, Reaper } from './reaper.ts'
import { Story } from './story.ts'
import { ledgerOf, totalsOf, verifyFed, verifyPublished, verifyState } from './verify.ts'

const eventCount = Number(process.env['FLOW_EVENTS'] ?? 50_000)
const lives = Number(process.env['FLOW_KILLS'] ?? 22)
const seed = process.env['FLOW_SEED'] ?? 'flow-1'
const faultShare = 0.12
const stallMsMax = 45_000

let kafka: RunningKafka
let minio: RunningMinio
let workerd: Workerd
let proxy: FaultyProxy
let producer: Producer
let logDir: string
beforeAll(async () => {
  ;[kafka, minio] = await Promise.all([startKafka({ heapMb: 512 }), startMinio()])
  await minio.createBucket('flow')
  await createTopics(kafka.brokers, ['events', 'out', 'totals', 'reminders', 'disorder', 'dead'], 4)
  workerd = await startWorkerd(join(import.meta.dirname, 'handlers.worker.ts'))
  proxy = await startFaultyProxy(workerd.url, seed, faultShare)
  producer = await startProducer(kafka.brokers)
  logDir = await mkdtemp(join(tmpdir(), 'millrace-flow-'))
})
afterAll(async () => {
  await producer?.close()
  await proxy?.close()
  await Promise.all([workerd?.close(), kafka?.stop(), minio?.stop()])
})

test('each event counts exactly once, whatever is killed, stopped or answered amiss', async () => {
  const flow = makeFlow(seed, eventCount)
  const story = new Story()
  const reaper = new Reaper(seed, environment(), logDir, story)
  const feeder = new Feeder(flow, producer)
  const fed = feeder.run()
  fed.catch((error: unknown) => story.tell(`feeding failed: ${String(error)}`))
  const problems: string[] = []
  try {
    let killsInFlow = 0
    for (let life = 0; life < lives; life++) {
      feeder.allow(Math.ceil((eventCount * (life + 1)) / (lives + 1)))
      await reaper.life(life, outages().get(life))
      if (!feeder.done) killsInFlow = reaper.kills
    }
    feeder.allow(eventCount)
    const last = await reaper.last()
    await fed
    story.tell('all events are fed')
    const view = await finished(last, flow, problems)
    verifyState(flow, view, problems)
    if ((await reaper.drain(last)) !== 0) problems.push(`${last.name} did not drain: ${last.lastWords}`)
    const topics = ['events', 'out', 'totals', 'reminders', 'disorder', 'dead']
    const records = await readCommitted(kafka.brokers, ...topics)
    verifyFed(flow, records, problems)
    verifyPublished(flow, records, problems)
    story.tell(`${proxy.requests} requests, faults ${JSON.stringify([...proxy.happened])}, ${reaper.fenced} fenced`)
    expect([...reaper.surprises, ...problems].slice(0, 20), describeRun(story)).toEqual([])
    expect(killsInFlow, 'coordinators killed while events flowed').toBeGreaterThanOrEqual(Math.min(20, lives))
    expect(reaper.fenced, 'elders that left when another took over').toBeGreaterThan(0)
  } catch (error) {
    throw new Error(`${String(error)}\n${[...reaper.surprises, ...problems].join('\n')}\n${describeRun(story)}`, {
      cause: error,
    })
  } finally {
    feeder.stop()
    await reaper.killAll()
  }
})

const describeRun = (story: Story): string =>
  `FLOW_SEED=${seed} FLOW_EVENTS=${eventCount} FLOW_KILLS=${lives}, logs in ${logDir}\n${story}`

const environment = (): Record<string, string> => ({
  FLOW_FUNCTIONS: proxy.url,
  MILLRACE_KAFKA_BROKERS: kafka.brokers,
  MILLRACE_STORAGE_BUCKET: 'flow',
  MILLRACE_STORAGE_ENDPOINT: minio.endpoint,
  MILLRACE_STORAGE_CREDENTIALS_ACCESS_KEY_ID: minio.accessKey,
  MILLRACE_STORAGE_CREDENTIALS_SECRET_ACCESS_KEY: minio.secretKey,
  MILLRACE_COMMIT_TRANSACTION_TIMEOUT: '10s',
})

/** What goes away in which life. */
const outages = (): ReadonlyMap<number, Outage> =>
  new Map([
    [Math.floor(lives * 0.2), { what: 'Kafka', begin: () => kafka.stop(), end: () => kafka.restart() }],
    [Math.floor(lives * 0.4), { what: 'MinIO', begin: () => minio.stop(), end: () => minio.restart() }],
    [Math.floor(lives * 0.6), { what: 'Kafka, killed,', begin: () => kafka.kill(), end: () => kafka.restart() }],
    [Math.floor(lives * 0.8), { what: 'MinIO, killed,', begin: () => minio.kill(), end: () => minio.restart() }],
  ])

/** Waits until all that was fed has had all its effects, or until nothing moves any more, which is a problem. */
const finished = async (last: CoordinatorChild, flow: Flow, problems: string[]): Promise<AdminView> => {
  const addresses = [...[...flow.byKey.keys()].map(ledgerOf), ...[...flow.totals.keys()].map(totalsOf)]
  let movedAt = Date.now()
  for (let before = ''; ;) {
    if (last.hasEnded || last.url === undefined) throw new Error(`${last.name} has ended: ${last.lastWords}`)
    const view = await adminView(last.url, addresses)
    const counted = sumOf(view, ledgerOf('k'), 'count')
    const reminded = sumOf(view, ledgerOf('k'), 'reminded')
    const totalled = sumOf(view, totalsOf(''), 'count')
    const all = counted === flow.events.length && totalled === counted && reminded === flow.reminders
    if (all && view.pending === 0 && view.delayed === 0) return view
    const now = JSON.stringify({ counted, totalled, reminded, pending: view.pending, delayed: view.delayed })
    if (now !== before) movedAt = Date.now()
    if (Date.now() - movedAt > stallMsMax) {
      problems.push(`nothing moves: ${now} of ${flow.events.length} events and ${flow.reminders} reminders`)
      return view
    }
    before = now
    await sleep(500)
  }
}

const sumOf = (view: AdminView, prefix: string, state: string): number =>
  [...view.state].reduce(
    (sum, [address, values]) => sum + (address.startsWith(prefix) ? Number(values[state] ?? 0) : 0),
    0,
  )
