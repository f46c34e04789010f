import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCommitted } from '../../../infra/local/read-committed.ts'
import type { CoordinatorChild } from '../support/coordinator-child.ts'
import { Coordinators } from './coordinators.ts'
import { Feeder, type Pace } from './feeder.ts'
import { finished } from './finished.ts'
import { type FlowParts, topics } from './flow-parts.ts'
import { type Flow, makeFlow } from './flow.ts'
import { Senders } from './senders.ts'
import { Story } from './story.ts'
import { verifyFed, verifyPublished, verifyState } from './verify.ts'
import { verifySends } from './verify-sends.ts'

export interface FlowPlan {
  readonly seed: string
  readonly events: number
  /** How fast they are fed. */
  readonly pace?: Pace
  /** Between two messages of one client over HTTP, in milliseconds. */
  readonly sendPauseMs?: number
}

/** A flow under way: events in Kafka, messages over HTTP, coordinators that come and go. */
export interface FlowRun {
  readonly flow: Flow
  readonly story: Story
  readonly coordinators: Coordinators
  readonly feeder: Feeder
  readonly senders: Senders
}

const shownMax = 40

/**
 * Feeds a flow while `trouble` does to it what it likes, and judges it in the end: throws, with the story, where anything was
 * lost, doubled, out of its order or promised and not held, or where a coordinator did what it should not.
 * @param trouble starts coordinators, allows events, and answers the coordinator that is to finish
 */
export const judgedFlow = async (
  parts: FlowParts,
  plan: FlowPlan,
  trouble: (run: FlowRun) => Promise<CoordinatorChild>,
): Promise<FlowRun> => {
  const { seed } = plan
  const logDir = await mkdtemp(join(tmpdir(), 'millrace-flow-'))
  const flow = makeFlow(seed, plan.events)
  const story = new Story()
  const coordinators = new Coordinators(parts.env, logDir, story)
  const feeder = new Feeder(flow, parts.producer, plan.pace)
  const senders = new Senders(seed, () => coordinators.current?.url, plan.sendPauseMs)
  const run = { flow, story, coordinators, feeder, senders }
  const fed = feeder.run()
  fed.catch((error: unknown) => story.tell(`feeding failed: ${String(error)}`))
  senders.start()
  try {
    const last = await trouble(run)
    feeder.allow(plan.events)
    await fed
    story.tell('all events are fed')
    await senders.stop()
    story.tell('all messages with a key are acknowledged, and no answer is outstanding')
    const problems = await judge(parts, run, last)
    const { proxy } = parts
    story.tell(
      `${proxy.requests} requests, faults ${JSON.stringify([...proxy.happened])}, ${coordinators.fenced} fenced`,
    )
    story.tell(`${senders.acknowledged} of ${senders.sent.length} sends, ${JSON.stringify([...senders.answers])}`)
    const found = [...coordinators.surprises, ...problems].slice(0, shownMax)
    if (found.length > 0) throw new Error(found.join('\n'))
    await rm(logDir, { recursive: true, force: true })
    return run
  } catch (error) {
    const found = coordinators.surprises.filter((one) => !String(error).includes(one)).join('\n')
    const how = `seed ${seed}, ${plan.events} events, logs in ${logDir}`
    throw new Error(`${String(error)}\n${found}\n${how}\n${story}`, { cause: error })
  } finally {
    feeder.stop()
    senders.stop().catch(() => undefined)
    await coordinators.killAll()
  }
}

const judge = async (parts: FlowParts, run: FlowRun, last: CoordinatorChild): Promise<string[]> => {
  const { flow, coordinators, senders } = run
  const problems: string[] = []
  const view = await finished(last, flow, senders, problems)
  verifyState(flow, view, problems)
  if ((await coordinators.drain(last)) !== 0) problems.push(`${last.name} did not drain: ${last.lastWords}`)
  const records = await readCommitted(parts.brokers, ...topics)
  verifyFed(flow, records, problems)
  verifyPublished(flow, records, problems)
  verifySends(senders.sent, records, view, problems)
  return problems
}
