import { LogEngine } from '../../../runtime/connectors/memory/log-engine.ts'
import type { PartitionBatch, ProducerLease, ReadPartition } from '../../../runtime/connectors/memory/log-server.ts'
import type { LogServer } from '../../../runtime/connectors/memory/log-server.ts'
import { MemoryBatches } from '../../../runtime/connectors/memory/memory-batches.ts'
import type { FetchPosition, LogOutcome, ProducedBatch } from '../../../runtime/ports/transactional-log.ts'
import type { Dice } from '../engine/dice.ts'
import { recordBytesMax } from '../workload/command.ts'
import type { Scheduler } from '../engine/scheduler.ts'

const markersMsMax = 40

/** Batches of a transaction that is open, or decided and not yet shown to readers. */
interface Written {
  readonly topic: string
  readonly partition: number
  readonly firstOffset: number
}

/**
 * A cluster with Kafka's transactions, on the engine of the memory log. Beyond it, as in Kafka: a commit is decided when it
 * is answered, and readers see it a little later, when its markers are written; until then another transaction of the same
 * id is told to come again.
 */
export class Broker {
  readonly engine: LogEngine
  private readonly batches = new MemoryBatches()
  private readonly scheduler: Scheduler
  private readonly dice: Dice
  private readonly listeners = new Set<(topics: ReadonlySet<string>) => void>()
  private readonly written = new Map<string, Written[]>()
  /** Transactional ids whose last transaction is decided and not yet shown. */
  private readonly deciding = new Map<string, readonly Written[]>()
  private cancelExpiry: () => void = () => undefined

  constructor(scheduler: Scheduler, dice: Dice) {
    this.scheduler = scheduler
    this.dice = dice
    this.engine = new LogEngine(this.batches, recordBytesMax)
  }

  get nowMs(): number {
    return this.scheduler.calendarMs
  }

  initProducer(transactionalId: string, timeoutMs: number): LogOutcome<ProducerLease> {
    if (this.deciding.has(transactionalId)) return concurrent()
    this.written.delete(transactionalId)
    return this.change(() => this.engine.initProducer(transactionalId, timeoutMs))
  }

  produce(lease: ProducerLease, batches: readonly PartitionBatch[]): LogOutcome<readonly ProducedBatch[]> {
    if (this.deciding.has(lease.transactionalId)) return concurrent()
    const produced = this.change(() => this.engine.produce(lease, batches, this.nowMs))
    if (produced.kind === 'ok')
      this.written.set(lease.transactionalId, [...(this.written.get(lease.transactionalId) ?? []), ...produced.value])
    return produced
  }

  end(lease: ProducerLease, decision: 'commit' | 'abort'): LogOutcome<void> {
    const { transactionalId } = lease
    if (this.deciding.has(transactionalId)) return concurrent()
    const ended = this.engine.end(lease, decision)
    if (ended.kind !== 'ok') return ended
    const written = this.written.get(transactionalId) ?? []
    this.deciding.set(transactionalId, written)
    this.written.delete(transactionalId)
    this.scheduler.after(this.dice.between(0, markersMsMax), () => {
      this.deciding.delete(transactionalId)
      for (const { topic } of written) this.engine.advanced.add(topic)
      this.tell()
    })
    return ended
  }

  read(positions: readonly FetchPosition[], bounds: Parameters<LogServer['read']>[1]): LogOutcome<ReadPartition[]> {
    const read = this.change(() => this.engine.read(positions, bounds))
    if (read.kind !== 'ok') return read
    return { kind: 'ok', value: read.value.map((partition) => this.stable(partition)) }
  }

  /** Readers stop before what is decided and not yet marked. */
  private stable(read: ReadPartition): ReadPartition {
    let lastStableOffset = read.lastStableOffset
    for (const written of this.deciding.values())
      for (const { topic, partition, firstOffset } of written)
        if (topic === read.topic && partition === read.partition)
          lastStableOffset = Math.min(lastStableOffset, firstOffset)
    if (lastStableOffset === read.lastStableOffset) return read
    return {
      ...read,
      lastStableOffset,
      batches: read.batches.filter(({ baseOffset }) => baseOffset < lastStableOffset),
    }
  }

  feed(batch: PartitionBatch): void {
    this.change(() => this.engine.feed(batch, undefined))
  }

  groupOffset(group: string, topic: string, partition: number): number | undefined {
    return this.batches.groupOffset(group, topic, partition)
  }

  onAdvance(listener: (topics: ReadonlySet<string>) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  change<T>(act: () => T): T {
    this.engine.expire(this.nowMs)
    const answer = act()
    this.cancelExpiry()
    const expiryMs = this.engine.nextExpiryMs()
    if (expiryMs !== undefined)
      this.cancelExpiry = this.scheduler.after(expiryMs - this.nowMs + 1, () => this.change(() => undefined))
    this.tell()
    return answer
  }

  private tell(): void {
    const topics = new Set(this.engine.advanced)
    if (topics.size === 0) return
    this.engine.advanced.clear()
    for (const listener of [...this.listeners]) listener(topics)
  }
}

const concurrent = (): LogOutcome<never> => ({ kind: 'retriable', cause: new Error('CONCURRENT_TRANSACTIONS') })
