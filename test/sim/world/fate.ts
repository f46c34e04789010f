import type { Recovered } from '../../../runtime/log/recover.ts'
import type { Coverage } from '../engine/coverage.ts'
import type { Dice } from '../engine/dice.ts'
import type { Network } from '../engine/network.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { FaultKind, Scenario } from '../scenario.ts'
import type { Broker } from './broker.ts'
import type { Fleet } from './fleet.ts'
import { isAlive, type Life } from './life.ts'
import type { Bucket } from './bucket.ts'
import { committedState } from '../check/committed.ts'
import { topics } from './topics.ts'

const watchMs = 300
const skewMsMax = 25_000

/** What befalls the coordinators, the store and the cluster while faults go on, and who starts the next coordinator. */
export class FateOfRun {
  /** Told when what is in the bucket cannot be read. */
  onTrouble: (error: unknown) => void = () => undefined
  /** Looks at what is committed at this moment. */
  onLook: (committed: Recovered) => void = () => undefined
  private readonly scheduler: Scheduler
  private readonly dice: Dice
  private readonly scenario: Scenario
  private readonly fleet: Fleet
  private readonly network: Network
  private readonly bucket: Bucket
  private readonly broker: Broker
  private readonly coverage: Coverage
  private calm = false
  /** Nobody is started any more. */
  isOver = false

  constructor(
    parts: {
      scheduler: Scheduler
      network: Network
      bucket: Bucket
      broker: Broker
      coverage: Coverage
      scenario: Scenario
    },
    dice: Dice,
    fleet: Fleet,
  ) {
    this.scheduler = parts.scheduler
    this.network = parts.network
    this.bucket = parts.bucket
    this.broker = parts.broker
    this.coverage = parts.coverage
    this.scenario = parts.scenario
    this.dice = dice
    this.fleet = fleet
  }

  begin(): void {
    this.startOne()
    this.watch()
    this.changeLater()
  }

  /** From now on nothing goes wrong any more; what is paused wakes in time. */
  end(): void {
    this.calm = true
    this.network.calm = true
    for (const { process } of this.fleet.lives) process.diesAtRequest = Infinity
  }

  private startOne(): void {
    const skewed = !this.calm && this.scenario.faults.has('skew')
    if (skewed) this.coverage.hit('skew')
    const life = this.fleet.start(skewed ? this.dice.between(-skewMsMax, skewMsMax) : 0)
    if (!this.calm && this.scenario.faults.has('crash-at-request') && this.dice.chance(0.5))
      life.process.diesAtRequest = this.dice.whole(1, 60)
  }

  /** As an orchestrator does: somebody must run. */
  private watch(): void {
    this.scheduler.after(this.dice.between(watchMs / 2, watchMs), () => {
      if (!this.fleet.hasHope && !this.isOver) this.startOne()
      this.watch()
    })
  }

  private changeLater(): void {
    this.scheduler.after(this.dice.latency(this.scenario.changeMs), () => {
      if (this.calm) return
      this.change()
      if (this.dice.chance(0.3)) this.look(this.onLook)
      this.changeLater()
    })
  }

  private change(): void {
    const { dice, fleet, scenario } = this
    const alive = fleet.lives.filter(isAlive)
    const life = alive.length > 0 ? (dice.chance(0.7) ? alive.at(-1) : dice.pick(alive)) : undefined
    const kinds: readonly FaultKind[] = [
      'crash',
      'crash-at-request',
      'pause',
      'second-start',
      'drain',
      'clock-jump',
      'store-outage',
      'kafka-outage',
      'retention',
    ]
    const possible = kinds.filter((kind) => scenario.faults.has(kind))
    if (!life || possible.length === 0) return
    this.befall(dice.pick(possible), life)
  }

  private befall(kind: FaultKind, life: Life): void {
    const { dice, fleet, network } = this
    switch (kind) {
      case 'crash':
        this.coverage.hit(kind)
        return life.process.kill()
      case 'crash-at-request':
        life.process.diesAtRequest = Math.min(life.process.diesAtRequest, life.process.requests + dice.whole(1, 40))
        return
      case 'pause':
        this.coverage.hit(kind)
        return life.process.pause(dice.pick([dice.between(20, 500), dice.between(1_000, 6_000), 40_000, 100_000]))
      case 'second-start':
        this.coverage.hit(kind)
        return this.startOne()
      case 'drain':
        if (!life.running || life.draining) return
        this.coverage.hit(kind)
        return fleet.drain(life)
      case 'clock-jump':
        this.coverage.hit(kind)
        return life.process.jump(dice.pick([-90_000, -8_000, -1_000, 1_000, 8_000, 90_000]))
      case 'store-outage':
        return network.outage('store', dice.pick([undefined, life.process.name]), dice.between(100, 4_000))
      case 'kafka-outage':
        return network.outage('kafka', dice.pick([undefined, life.process.name]), dice.between(100, 4_000))
      default:
        return this.retain()
    }
  }

  /** Retention removes records that were taken in long ago; who reads from the beginning again would miss them. */
  private retain(): void {
    this.coverage.hit('retention')
    this.look(({ shard }) => {
      for (const { source, offset } of shard.positions.all())
        this.broker.engine.trim(topics.input, source.partition, offset)
    })
  }

  private look(at: (committed: Recovered) => void): void {
    committedState(this.bucket, 'sim').then(
      (committed) => {
        if (committed) at(committed)
      },
      (error: unknown) => this.onTrouble(error),
    )
  }
}
