import { Coverage } from '../engine/coverage.ts'
import { Dice } from '../engine/dice.ts'
import { Network } from '../engine/network.ts'
import { Scheduler } from '../engine/scheduler.ts'
import { Trace } from '../engine/trace.ts'
import type { Scenario } from '../scenario.ts'
import { makeActors, type Actors } from '../workload/interpreter.ts'
import { Broker } from './broker.ts'
import { Bucket } from './bucket.ts'
import { Clients } from './clients.ts'
import { FateOfRun } from './fate.ts'
import { Feeder } from './feeder.ts'
import { Fleet } from './fleet.ts'
import { Handlers } from './handlers.ts'
import { OperatorOfRun } from './operator.ts'
import { topologyOf } from './topology.ts'
import { outputPartitions, topics } from './topics.ts'

/** Everything that one seed makes: time, a store, a cluster, handlers, clients, and the processes that come and go. */
export class World {
  readonly scheduler = new Scheduler()
  readonly coverage = new Coverage()
  readonly bucket = new Bucket(this.scheduler)
  readonly trace: Trace
  readonly broker: Broker
  readonly handlers: Handlers
  readonly actors: Actors
  readonly fleet: Fleet
  readonly fate: FateOfRun
  readonly operator: OperatorOfRun
  readonly feeder: Feeder
  readonly clients: Clients

  constructor(scenario: Scenario, keepLines: boolean) {
    const { scheduler, coverage, bucket } = this
    const dice = (part: string): Dice => new Dice(`${scenario.seed}/${part}`)
    const trace = new Trace(scheduler, keepLines)
    const broker = new Broker(scheduler, dice('broker'))
    const network = new Network(scheduler, dice('network'), scenario, trace, coverage)
    const handlers = new Handlers(scheduler, dice('handlers'), scenario, trace, coverage)
    const actors = makeActors(scenario.typenames)
    const topology = topologyOf(scenario, actors)
    const parts = { scheduler, network, bucket, broker, handlers, actors, scenario, topology, trace, coverage }
    this.trace = trace
    this.broker = broker
    this.handlers = handlers
    this.actors = actors
    this.fleet = new Fleet(parts)
    this.fate = new FateOfRun(parts, dice('fate'), this.fleet)
    this.operator = new OperatorOfRun(parts, dice('operator'), this.fleet)
    this.feeder = new Feeder(broker, scheduler, dice('feeder'), scenario.partitions, trace)
    this.clients = new Clients(scheduler, dice('clients'), this.fleet, actors, trace)
    const create = (name: string, partitions: number): unknown =>
      broker.engine.createTopic({ name, partitions, replicationFactor: undefined, compacted: false })
    create(topics.input, scenario.partitions)
    create(topics.output, outputPartitions)
    create(topics.deadLetters, outputPartitions)
  }
}
