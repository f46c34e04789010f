import type { Clock } from '../../ports/clock.ts'
import type { LogOutcome } from '../../ports/transactional-log.ts'
import type { LogEngine } from './log-engine.ts'
import type { LogServer, PartitionBatch } from './log-server.ts'

type Listener = (topics: ReadonlySet<string>) => void

/** Drives a log engine in this process: each request takes effect at once and is answered in a later turn. */
export class MemoryServer implements LogServer {
  private readonly engine: LogEngine
  private readonly clock: Clock
  private readonly listeners = new Set<Listener>()
  private cancelExpiry: () => void = () => {}

  constructor(engine: LogEngine, clock: Clock) {
    this.engine = engine
    this.clock = clock
  }

  readonly partitions: LogServer['partitions'] = async (topics) => this.engine.partitions(topics)
  readonly createTopic: LogServer['createTopic'] = async (topic) => this.change(() => this.engine.createTopic(topic))
  readonly offsets: LogServer['offsets'] = async (topic, partitions, at) => this.engine.offsets(topic, partitions, at)
  readonly read: LogServer['read'] = async (positions, bounds) => this.change(() => this.engine.read(positions, bounds))
  readonly initProducer: LogServer['initProducer'] = async (transactionalId, timeoutMs) =>
    this.change(() => this.engine.initProducer(transactionalId, timeoutMs))
  readonly produce: LogServer['produce'] = async (lease, batches) =>
    this.change(() => this.engine.produce(lease, batches, this.clock.now()))
  readonly end: LogServer['end'] = async (lease, decision) => this.change(() => this.engine.end(lease, decision))
  readonly commitGroupOffsets: LogServer['commitGroupOffsets'] = async (group, positions) =>
    this.engine.commitGroupOffsets(group, positions)

  feed(batch: PartitionBatch): LogOutcome<number | undefined> {
    return this.change(() => this.engine.feed(batch, undefined))
  }

  trim(topic: string, partition: number, offset: number): LogOutcome<void> {
    return this.change(() => this.engine.trim(topic, partition, offset))
  }

  onAdvance(listener: Listener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private change<T>(act: () => T): T {
    this.engine.expire(this.clock.now())
    const answer = act()
    this.tell()
    return answer
  }

  private tell(): void {
    this.cancelExpiry()
    const expiryMs = this.engine.nextExpiryMs()
    if (expiryMs !== undefined)
      this.cancelExpiry = this.clock.after(expiryMs - this.clock.now(), () => this.change(() => undefined))
    if (this.engine.advanced.size === 0) return
    const topics = new Set(this.engine.advanced)
    this.engine.advanced.clear()
    for (const listener of this.listeners) listener(topics)
  }
}
