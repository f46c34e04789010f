import { startCoordinator } from '../../../runtime/coordinator/start.ts'
import { isMillraceError, messageOf } from '../../../runtime/model/errors.ts'
import type { Topology } from '../../../runtime/model/topology.ts'
import { nullTelemetry } from '../../../runtime/platform/null-telemetry.ts'
import type { EventLog, Telemetry } from '../../../runtime/ports/telemetry.ts'
import type { Coverage } from '../engine/coverage.ts'
import { Dice } from '../engine/dice.ts'
import type { Network } from '../engine/network.ts'
import { SimProcess } from '../engine/process.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Trace } from '../engine/trace.ts'
import type { Scenario } from '../scenario.ts'
import type { Actors } from '../workload/interpreter.ts'
import { BucketClient } from './bucket-client.ts'
import type { Bucket } from './bucket.ts'
import { brokerClient } from './broker-client.ts'
import type { Broker } from './broker.ts'
import type { Handlers } from './handlers.ts'
import { isAlive, type Life } from './life.ts'

export interface FleetParts {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly bucket: Bucket
  readonly broker: Broker
  readonly handlers: Handlers
  readonly actors: Actors
  readonly scenario: Scenario
  readonly topology: Topology
  readonly trace: Trace
  readonly coverage: Coverage
}

/** All coordinators that there ever were; some of them at the same time. */
export class Fleet {
  readonly lives: Life[] = []
  /** Told when a coordinator ends by itself. */
  onEnd: (life: Life, end: string) => void = () => undefined
  private readonly parts: FleetParts

  constructor(parts: FleetParts) {
    this.parts = parts
  }

  get latest(): Life | undefined {
    return this.lives.at(-1)
  }

  /** Someone who serves, or will as soon as it has started. */
  get hasHope(): boolean {
    return this.lives.some((life) => isAlive(life) && !life.process.isPaused && !life.draining)
  }

  /** A coordinator that a client may reach; it may be a zombie. */
  anyAtWork(dice: Dice): Life | undefined {
    const atWork = this.lives.filter((life) => life.running && isAlive(life))
    return atWork.length > 0 ? (dice.chance(0.8) ? atWork.at(-1) : dice.pick(atWork)) : undefined
  }

  start(skewMs: number): Life {
    const { scheduler, network, bucket, broker, scenario, trace, topology } = this.parts
    const number = this.lives.length + 1
    const name = `p${number}`
    const process = new SimProcess(scheduler, name, skewMs)
    const dice = new Dice(`${scenario.seed}/${name}`)
    const store = new BucketClient(bucket, network, process)
    const gauges = new Map<string, () => number>()
    const life: Life = { process, store, running: undefined, draining: false, end: undefined, gauges }
    this.lives.push(life)
    trace.add(name, `starts, ${Math.round(skewMs)} ms ahead`)
    const ended = (end: string): void => {
      if (process.dead) return
      life.end = end
      trace.add(name, `ends: ${end}`)
      this.onEnd(life, end)
    }
    startCoordinator(topology, scenario.settings, {
      clock: process.clock,
      random: dice.random,
      store,
      kafka: brokerClient(broker, network, process, dice),
      clients: this.clients(process),
      telemetry: telemetryOf(name, trace, gauges),
    }).then(
      (running) => {
        if (process.dead) return
        life.running = running
        trace.add(name, 'is at work')
        running.ended.then(ended, (error: unknown) => ended(endOf(error)))
      },
      (error: unknown) => ended(endOf(error)),
    )
    return life
  }

  drain(life: Life): void {
    life.draining = true
    this.parts.trace.add(life.process.name, 'is asked to stop')
    life.process.deliver(() => life.running?.drain())
  }

  private clients(process: SimProcess) {
    const { handlers, actors, topology, scenario } = this.parts
    return new Map(
      topology.bindings.map(({ endpoint, typenames }) => {
        const served = actors.implementations.filter(({ typename }) => typenames.includes(typename))
        return [
          endpoint,
          scenario.isLocal ? handlers.local(process, served) : handlers.client(process, endpoint, served),
        ]
      }),
    )
  }
}

const endOf = (error: unknown): string =>
  isMillraceError(error)
    ? `${error.code} ${error.message}`
    : `CRASH ${error instanceof Error ? error.stack : messageOf(error)}`

const telemetryOf = (name: string, trace: Trace, gauges: Map<string, () => number>): Telemetry => {
  const tell = (event: string, message: string): void => trace.add(name, `${event}: ${message}`)
  const log: EventLog = { debug: tell, info: tell, warn: tell, error: tell }
  return {
    ...nullTelemetry,
    log,
    gauge: (gauge, _help, labels, read) => {
      if (labels.length === 0) gauges.set(gauge, () => [...read()][0]?.value ?? 0)
    },
  }
}
