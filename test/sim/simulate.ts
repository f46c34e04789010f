import { auditPositions } from './check/audit.ts'
import { committedState, isSuperseded, ownerOf } from './check/committed.ts'
import { treeOf } from './check/expect.ts'
import { Outcome } from './check/facts.ts'
import { Judge } from './check/judge.ts'
import { outstanding } from './check/progress.ts'
import { BucketCopy } from './check/went-back.ts'
import { Dice } from './engine/dice.ts'
import type { Scenario } from './scenario.ts'
import { isAlive, type Life } from './world/life.ts'
import { World } from './world/world.ts'
import { Generator, type Input } from './workload/generate.ts'

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
/** The bounds of queues are looked at so often. */
const lookMs = 100
/** A turn of the coordinator takes in 1,000 records at most; the rest is what the commands of a run may send at once. */
const turnMax = 1_150
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
  private readonly world: World
  private readonly outcome: Outcome
  private readonly violations: string[] = []
  private copy: BucketCopy | undefined
  private isSetBack = false

  constructor(scenario: Scenario, keepLines: boolean) {
    this.scenario = scenario
    this.world = new World(scenario, keepLines)
    const { fleet, fate, feeder, actors, broker } = this.world
    fleet.onEnd = (life, end) => this.ended(life, end)
    fate.onTrouble = (error) => this.trouble(error)
    fate.onLook = ({ shard }) => this.violations.push(...auditPositions(shard, actors, feeder.fed))
    this.outcome = new Outcome(broker)
  }

  async play(): Promise<void> {
    const { scenario } = this
    const { scheduler, feeder, clients, fate, handlers, bucket, operator } = this.world
    for (const input of new Generator(new Dice(`${scenario.seed}/workload`), scenario).inputs()) {
      this.note(input)
      scheduler.after(input.atMs, () => (input.via.endsWith('record') ? feeder.feed(input) : clients.ask(input)))
    }
    fate.begin()
    if (scenario.faults.has('restored-bucket'))
      scheduler.after(
        new Dice(`${scenario.seed}/copy`).between(0, scenario.faultMs),
        () => (this.copy = new BucketCopy(bucket)),
      )
    operator.begin()
    await this.pass(scenario.faultMs)
    fate.end()
    operator.end()
    handlers.calm = true
    if (await this.comesToRest()) await this.stopAndJudge()
    if (this.violations.length === 0 && this.copy?.putBack()) await this.refusesToGoBack()
  }

  /** Over a bucket that was set back a coordinator stops, and nothing is published twice (rule 14). */
  private async refusesToGoBack(): Promise<void> {
    const { fleet, coverage } = this.world
    coverage.hit('restored-bucket')
    this.isSetBack = true
    const emitted = this.outcome.emitted.length
    const life = fleet.start(0)
    for (let looks = 0; looks < 100 && life.end === undefined; looks++) await this.pass(200)
    this.outcome.look()
    if (life.end === undefined || life.end === 'drained')
      this.violations.push(`the bucket was set back, and the next coordinator ends: ${life.end}`)
    if (this.outcome.emitted.length > emitted) this.violations.push('the bucket was set back, and records came again')
  }

  /** Faults that lie in what comes in. */
  private note({ via, command, to }: Input): void {
    if (via === 'aborted-record') this.world.coverage.hit('aborted-input')
    for (const { command: each } of treeOf({ command, to, by: undefined, way: 'outside', step: undefined })) {
      if (each.terminal || each.fails) this.world.coverage.hit('failing-commands')
      if (each.steps.some((step) => step.do === 'emit' && step.padding > 0)) this.world.coverage.hit('unfit-egress')
    }
  }

  private async pass(ms: number): Promise<void> {
    const { scheduler } = this.world
    const untilMs = scheduler.nowMs + ms
    while (scheduler.nowMs < untilMs && this.violations.length === 0) {
      await scheduler.run(() => this.violations.length > 0, Math.min(untilMs, scheduler.nowMs + lookMs))
      this.checkBounds()
    }
  }

  /** What waits in a coordinator stays within its bound, but for what one turn may take in and what that sends. */
  private checkBounds(): void {
    // What an operator lets go was bounded apart until then.
    if (this.scenario.faults.has('operator')) return
    const boundMax = this.scenario.settings.limits.pendingMessagesMax + turnMax
    for (const life of this.world.fleet.lives.filter(isAlive)) {
      const pending = life.gauges.get('millrace_pending_messages')?.() ?? 0
      if (pending > boundMax)
        this.violations.push(`${life.process.name} holds ${pending} messages, more than ${boundMax}`)
    }
  }

  /** Without faults all comes to an end in time. */
  private async comesToRest(): Promise<boolean> {
    const { outcome } = this
    const { scheduler, feeder, clients } = this.world
    const untilMs = scheduler.nowMs + patienceMs
    for (;;) {
      await this.pass(500)
      if (this.violations.length > 0) return false
      outcome.look()
      const left = outstanding(feeder.fed, clients.asked, outcome)
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
    const { outcome } = this
    const { scheduler, fleet, fate, bucket, actors, feeder, clients } = this.world
    const untilMs = scheduler.nowMs + patienceMs
    // A process that was asleep in the middle of its start may have come last.
    const owns = ({ store }: Life): boolean => store.claimed === ownerOf(bucket, 'sim')
    const last = (): Life | undefined =>
      fleet.lives.find((life) => life.running && isAlive(life) && !life.draining && owns(life))
    while (!last() && scheduler.nowMs < untilMs) await this.pass(100)
    const life = last()
    if (!life) return void this.violations.push('nobody is at work at the end')
    fate.isOver = true
    fleet.drain(life)
    while (life.end === undefined && scheduler.nowMs < untilMs && this.violations.length === 0) await this.pass(100)
    if (life.end !== 'drained') this.violations.push(`the last coordinator was asked to stop, and ended: ${life.end}`)
    outcome.look()
    for (const { process, store } of fleet.lives)
      for (const key of store.written)
        this.violations.push(`${process.name} wrote ${key}, behind the seal that it had met`)
    const committed = await committedState(bucket, 'sim')
    if (!committed) return void this.violations.push('there is nothing in the bucket')
    const evidence = {
      shard: committed.shard,
      actors,
      fed: feeder.fed,
      asked: clients.asked,
      seen: clients.seen,
      outcome,
    }
    this.violations.push(...new Judge(evidence).judge())
  }

  /** A coordinator ends by itself only for a reason that is true. */
  private ended(life: Life, end: string): void {
    const [code = ''] = end.split(' ')
    if (this.isSetBack) return
    if (end === 'drained' && life.draining) return
    const { claimed } = life.store
    const superseded = claimed !== undefined && isSuperseded(this.world.bucket, 'sim', claimed)
    // While it cannot reach the store, a zombie cannot tell what its successor has removed from what is lost.
    const blind =
      this.scenario.faults.has('store-outage') && ['LOG_OFFSET_OUT_OF_RANGE', 'STORE_CORRUPT'].includes(code)
    if (end === 'fenced' || code === 'FENCED' || blind) {
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
    const { scenario, violations } = this
    const { trace, coverage, scheduler } = this.world
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
