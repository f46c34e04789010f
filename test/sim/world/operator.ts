import type { Operator } from '../../../runtime/coordinator/operator.ts'
import { isMillraceError } from '../../../runtime/model/errors.ts'
import type { Coverage } from '../engine/coverage.ts'
import type { Dice } from '../engine/dice.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Trace } from '../engine/trace.ts'
import type { Scenario } from '../scenario.ts'
import type { Fleet } from './fleet.ts'
import { isAlive, type Life } from './life.ts'

const actMs = 600
const tidyMs = 400
/** Or tidying up might begin when all is over. */
const actMsMax = 4_000

const acts = ['pause', 'pause-function', 'resume', 'retry', 'skip'] as const

/** Somebody who pauses, resumes, retries and skips while all else goes on; in the end, everything is let go. */
export class OperatorOfRun {
  private readonly scheduler: Scheduler
  private readonly dice: Dice
  private readonly scenario: Scenario
  private readonly fleet: Fleet
  private readonly trace: Trace
  private readonly coverage: Coverage
  private calm = false

  constructor(
    parts: { scheduler: Scheduler; scenario: Scenario; trace: Trace; coverage: Coverage },
    dice: Dice,
    fleet: Fleet,
  ) {
    this.scheduler = parts.scheduler
    this.scenario = parts.scenario
    this.trace = parts.trace
    this.coverage = parts.coverage
    this.dice = dice
    this.fleet = fleet
  }

  begin(): void {
    if (this.scenario.faults.has('operator')) this.later()
  }

  /** From now on nothing is stopped any more, and what is parked is skipped. */
  end(): void {
    this.calm = true
  }

  private later(): void {
    this.scheduler.after(this.calm ? tidyMs : Math.min(this.dice.latency(actMs), actMsMax), () => {
      if (this.calm) for (const life of this.fleet.lives) this.change(life, 'tidies up', tidy)
      else this.act()
      this.later()
    })
  }

  private act(): void {
    const life = this.fleet.anyAtWork(this.dice)
    const act = this.dice.pick(acts)
    const typename = this.dice.pick(this.scenario.typenames)
    const id = this.dice.pick(this.scenario.ids)
    if (!life) return
    this.change(life, `${act} ${typename}/${id}`, (operator) => {
      if (act === 'pause') operator.pause(typename, id)
      if (act === 'pause-function') operator.pause(typename, undefined)
      if (act === 'resume') resumeAll(operator)
      if (act === 'retry') operator.retryAll(operator.parked(undefined))
      if (act === 'skip')
        for (const { actor } of operator.parked(undefined)) operator.skip(actor.table.typename, actor.id)
    })
  }

  private change(life: Life, what: string, make: (operator: Operator) => void): void {
    const { process, running } = life
    if (!running || !isAlive(life)) return
    process.deliver(() => {
      running.change(make).then(
        () => {
          if (!this.calm) this.coverage.hit('operator')
          this.trace.add('operator', `${what} of ${process.name}`)
        },
        (error: unknown) => {
          if (!isMillraceError(error)) throw error
        },
      )
    })
  }
}

const resumeAll = ({ shard }: Operator): void => {
  for (const actor of [...shard.stopped]) if (actor.stop?.pausedSinceMs !== undefined) shard.resumeActor(actor)
  for (const table of shard.tables) if (table.pausedSinceMs !== undefined) shard.resumeFunction(table)
}

const tidy = (operator: Operator): void => {
  resumeAll(operator)
  for (const { actor } of operator.parked(undefined)) operator.skip(actor.table.typename, actor.id)
}
