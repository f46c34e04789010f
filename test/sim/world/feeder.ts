import { encodeBatch } from '../../../runtime/connectors/memory/batch-codec.ts'
import type { PartitionBatch } from '../../../runtime/connectors/memory/log-server.ts'
import { murmur2 } from '../../../runtime/model/hash.ts'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import type { Dice } from '../engine/dice.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Trace } from '../engine/trace.ts'
import type { Input } from '../workload/generate.ts'
import type { Broker } from './broker.ts'
import { topics } from './topics.ts'

const timeoutMs = 60_000
/** A transaction that was to be committed must not be timed out before. */
const openMsMax = timeoutMs / 3

/** Where a record was written, for the order in which records must be taken in. */
export interface Fed {
  readonly input: Input
  readonly partition: number
  readonly offset: number
}

/** Writes records: plainly, in transactions that are committed, and in some that are aborted; these may overlap. */
export class Feeder {
  readonly fed: Fed[] = []
  private readonly broker: Broker
  private readonly scheduler: Scheduler
  private readonly dice: Dice
  private readonly partitions: number
  private readonly trace: Trace
  private producers = 0

  constructor(broker: Broker, scheduler: Scheduler, dice: Dice, partitions: number, trace: Trace) {
    this.broker = broker
    this.scheduler = scheduler
    this.dice = dice
    this.partitions = partitions
    this.trace = trace
  }

  feed(input: Input): void {
    const { broker, dice } = this
    const key = utf8Encode(input.to.id)
    const value = utf8Encode(JSON.stringify({ to: input.to, command: input.command }))
    const partition = (murmur2(key) & 0x7fffffff) % this.partitions
    const batchNow = (): PartitionBatch => ({
      topic: topics.input,
      partition,
      ...encodeBatch([{ key, value, headers: [], timestampMs: broker.nowMs }]),
    })
    const aborted = input.via === 'aborted-record'
    if (!aborted && dice.chance(0.7)) {
      this.took(input, partition, this.endOf(partition))
      return broker.feed(batchNow())
    }
    const id = `feeder-${this.producers++}`
    const lease = broker.initProducer(id, timeoutMs)
    if (lease.kind !== 'ok') throw new Error('a feeder was refused')
    const offset = this.endOf(partition)
    broker.produce(lease.value, [batchNow()])
    if (!aborted) this.took(input, partition, offset)
    const openMs = Math.min(dice.latency(400), openMsMax)
    // What is aborted goes on writing: its records lie on both sides of the ends of others.
    if (aborted) this.scheduler.after(openMs * 0.9, () => broker.produce(lease.value, [batchNow()]))
    this.scheduler.after(openMs, () => broker.end(lease.value, aborted ? 'abort' : 'commit'))
  }

  private took(input: Input, partition: number, offset: number): void {
    this.trace.add('feeder', `${input.command.id} at ${partition}/${offset}`)
    this.fed.push({ input, partition, offset })
  }

  private endOf(partition: number): number {
    const ends = this.broker.engine.offsets(topics.input, [partition], 'latest')
    return ends.kind === 'ok' ? (ends.value.get(partition) ?? 0) : 0
  }
}
