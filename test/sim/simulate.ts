import { parse } from './world/route.ts'
import type { Topology } from '../../runtime/model/topology.ts'
import { committedState, isSuperseded, ownerOf } from './check/committed.ts'
import { treeOf } from './check/expect.ts'
import { Judge } from './check/judge.ts'
import { Outcome } from './check/facts.ts'
import { outstanding } from './check/progress.ts'
import { Coverage } from './engine/coverage.ts'
import { Dice } from './engine/dice.ts'
import { Network } from './engine/network.ts'
import { Scheduler } from './engine/scheduler.ts'
import { Trace } from './engine/trace.ts'
import type { Scenario } from './scenario.ts'
import { Broker } from './world/broker.ts'
import { Bucket } from './world/bucket.ts'
import { Clients } from './world/clients.ts'
import { FateOfRun } from './world/fate.ts'
import { Feeder } from './world/feeder.ts'
import { Fleet } from './world/fleet.ts'
import { Handlers } from './world/handlers.ts'
import { isAlive, type Life } from './world/life.ts'
import { outputPartitions, topics } from './world/topics.ts'
import { Generator, type Input } from './workload/generate.ts'
import { makeActors } from './workload/interpreter.ts'

/** What a run came to. */
export interface SimResult {
  readonly seed: number
  /** Promises that were not kept; none is what everybody hopes for. */
  readonly violations: readonly string[]
  readonly digest: string
  readonly lines: readonly string[] | undefined
  readonly coverage: ReadonlyMap<string, number>
  readonly events: number
  readonly virtualMs: number
}

const patienceMs = 240_000
/** After all is done: what was still to come, or to come twice, comes. */
const quietMs = 15_000
const skewMsAllowed = 60_000

/** Runs one scenario from its first record to a stopped coordinator, and judges what came of it. */
export const simulate = async (scenario: Scenario, keepLines = false): Promise<SimResult> => {
  const run = new Run(scenario, keepLines)
  try {
    await run.play()
  } catch (error) {
    run.trouble(error)
  }
  return run.result()
}

class Run {
  private readonly scenario: Scenario
  private readonly scheduler = new Scheduler()
  private readonly trace: Trace
  private readonly coverage = new Coverage()
  private readonly bucket = new Bucket(this.scheduler)
  private readonly broker: Broker
  private readonly network: Network
  private readonly handlers: Handlers
  private readonly actors
  private readonly fleet: Fleet
  private readonly fate: FateOfRun
  private readonly feeder: Feeder
  private readonly clients: Clients
  private readonly outcome: Outcome
  private readonly violations: string[] = []

  constructor(scenario: Scenario, keepLines: boolean) {
    this.scenario = scenario
    const { scheduler, coverage, bucket } = this
    const dice = (part: string): Dice => new Dice(`${scenario.seed}/${part}`)
    const trace = (this.trace = new Trace(scheduler, keepLines))
    this.broker = new Broker(scheduler, dice('broker'))
    this.network = new Network(scheduler, dice('network'), scenario, trace, coverage)
    this.handlers = new Handlers(scheduler, dice('handlers'), scenario, trace, coverage)
    this.actors = makeActors(scenario.typenames)
    const { network, broker, handlers, actors } = this
    const topology = topologyOf(scenario, actors)
    const parts = { scheduler, network, bucket, broker, handlers, actors, scenario, topology, trace, coverage }
    this.fleet = new Fleet(parts)
    this.fleet.onEnd = (life, end) => this.ended(life, end)
    this.fate = new FateOfRun(parts, dice('fate'), this.fleet)
    this.fate.onTrouble = (error) => this.trouble(error)
    this.feeder = new Feeder(broker, scheduler, dice('feeder'), scenario.partitions, trace)
    this.clients = new Clients(scheduler, dice('clients'), this.fleet, actors, trace)
    this.outcome = new Outcome(broker)
  }

  async play(): Promise<void> {
    const { broker, scheduler, scenario } = this
    const create = (name: string, partitions: number): unknown =>
      broker.engine.createTopic({ name, partitions, replicationFactor: undefined, compacted: false })
    create(topics.input, scenario.partitions)
    create(topics.output, outputPartitions)
    create(topics.deadLetters, outputPartitions)
    for (const input of new Generator(new Dice(`${scenario.seed}/workload`), scenario).inputs()) {
      this.note(input)
      scheduler.after(input.atMs, () =>
        input.via.endsWith('record') ? this.feeder.feed(input) : this.clients.ask(input),
      )
    }
    this.fate.begin()
    await this.pass(scenario.faultMs)
    this.fate.end()
    this.handlers.calm = true
    if (await this.comesToRest()) await this.stopAndJudge()
  }

  /** Faults that lie in what comes in. */
  private note({ via, command, to }: Input): void {
    if (via === 'aborted-record') this.coverage.hit('aborted-input')
    for (const { command: each } of treeOf({ command, to, by: undefined, way: 'outside', step: undefined })) {
      if (each.terminal || each.fails) this.coverage.hit('failing-commands')
      if (each.steps.some((step) => step.do === 'emit' && step.padding > 0)) this.coverage.hit('unfit-egress')
    }
  }

  private async pass(ms: number): Promise<void> {
    const untilMs = this.scheduler.nowMs + ms
    await this.scheduler.run(() => this.violations.length > 0, untilMs)
  }

  /** Without faults all comes to an end in time. */
  private async comesToRest(): Promise<boolean> {
    const { scheduler, outcome } = this
    const untilMs = scheduler.nowMs + patienceMs
    for (;;) {
      await this.pass(500)
      if (this.violations.length > 0) return false
      outcome.look()
      const left = outstanding(this.feeder.fed, this.clients.asked, outcome)
      if (left.length === 0) break
      if (scheduler.nowMs > untilMs) {
        this.violations.push(`no progress: ${left.slice(0, 5).join(', ')} and ${Math.max(0, left.length - 5)} more`)
        return false
      }
    }
    // Time as committed may be ahead of every clock that is left: delayed messages come when these have caught up.
    const { faults } = this.scenario
    await this.pass(quietMs + (faults.has('skew') || faults.has('clock-jump') ? 2 * skewMsAllowed : 0))
    return this.violations.length === 0
  }

  private async stopAndJudge(): Promise<void> {
    const { scheduler, fleet, bucket, actors, feeder, clients, outcome } = this
    const untilMs = scheduler.nowMs + patienceMs
    // A process that was asleep in the middle of its start may have come last.
    const owns = ({ store }: Life): boolean => store.claimed === ownerOf(bucket, 'sim')
    const last = (): Life | undefined =>
      fleet.lives.find((life) => life.running && isAlive(life) && !life.draining && owns(life))
    while (!last() && scheduler.nowMs < untilMs) await this.pass(100)
    const life = last()
    if (!life) return void this.violations.push('nobody is at work at the end')
    fleet.drain(life)
    while (life.end === undefined && scheduler.nowMs < untilMs && this.violations.length === 0) await this.pass(100)
    if (life.end !== 'drained') this.violations.push(`the last coordinator was asked to stop, and ended: ${life.end}`)
    outcome.look()
    const committed = await committedState(bucket, 'sim')
    if (!committed) return void this.violations.push('there is nothing in the bucket')
    const evidence = { shard: committed.shard, actors, fed: feeder.fed, asked: clients.asked, outcome }
    this.violations.push(...new Judge(evidence).judge())
  }

  /** A coordinator ends by itself only for a reason that is true. */
  private ended(life: Life, end: string): void {
    const [code = ''] = end.split(' ')
    if (end === 'drained' && life.draining) return
    const { claimed } = life.store
    const superseded = claimed !== undefined && isSuperseded(this.bucket, 'sim', claimed)
    if (end === 'fenced' || code === 'FENCED') {
      if (superseded) return
    } else if (code === 'CLOCK_SKEW') {
      if (life.process.skewMsMost > 50_000) return
    } else if (['STORE_UNAVAILABLE', 'LOG_UNAVAILABLE'].includes(code)) return
    this.violations.push(`${life.process.name} ended by itself: ${end}`)
  }

  /** What is committed cannot be read, or the simulator itself has failed. */
  trouble(error: unknown): void {
    this.violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  result(): SimResult {
    const { scenario, violations, trace, coverage, scheduler } = this
    for (const violation of violations) trace.add('judge', violation)
    return {
      seed: scenario.seed,
      violations,
      digest: trace.digest(),
      lines: trace.lines,
      coverage: coverage.counts,
      events: scheduler.happened,
      virtualMs: scheduler.nowMs,
    }
  }
}

const topologyOf = (scenario: Scenario, actors: ReturnType<typeof makeActors>): Topology => {
  const endpointOf = (i: number): string => `e${i % scenario.endpoints}`
  const endpoints = [...new Set(scenario.typenames.map((_, i) => endpointOf(i)))]
  return {
    application: 'sim',
    ingresses: [{ name: 'in', topics: [topics.input], start: { kind: 'earliest' } }],
    routes: [{ ingress: 'in', messagesOf: (record) => [parse(record, actors)] }],
    egresses: [{ name: 'out', topic: topics.output }],
    deadLetterTopic: topics.deadLetters,
    bindings: endpoints.map((endpoint) => ({
      endpoint,
      typenames: scenario.typenames.filter((_, i) => endpointOf(i) === endpoint),
      timeoutMs: 5_000,
      requestsInFlightMax: 1 + (scenario.seed % 4),
      addressesPerRequestMax: 1 + (scenario.seed % 7),
    })),
  }
}
