import type {
  FetchedPartition,
  LogOutcome,
  LogProducer,
  TransactionalLog,
} from '../../../runtime/ports/transactional-log.ts'

export type LogVerb = 'producer' | 'flush' | 'end' | 'fetch'

/**
 * What a test makes of one request: nothing (it goes through), an outcome instead of it, or `landed`: it takes effect and
 * the answer is in doubt.
 */
export type LogFault = LogOutcome<never> | 'landed' | undefined
export type LogScript = (verb: LogVerb) => LogFault | Promise<LogFault>

export const ambiguous: LogOutcome<never> = { kind: 'ambiguous', cause: new Error('the answer was lost') }
export const fencedOutcome: LogOutcome<never> = { kind: 'fenced', cause: new Error('a newer producer') }

/** A client of a log whose requests a test may disturb; `verbs` is what was asked, in order. */
export class FaultyLog implements TransactionalLog {
  readonly verbs: LogVerb[] = []
  script: LogScript = () => undefined
  private readonly real: TransactionalLog

  constructor(real: TransactionalLog) {
    this.real = real
  }

  readonly partitions: TransactionalLog['partitions'] = (topics, uses) => this.real.partitions(topics, uses)
  readonly createTopic: TransactionalLog['createTopic'] = (topic) => this.real.createTopic(topic)
  readonly offsets: TransactionalLog['offsets'] = (topic, partitions, at) => this.real.offsets(topic, partitions, at)
  readonly mayProduce: TransactionalLog['mayProduce'] = (id) => this.real.mayProduce(id)
  readonly commitGroupOffsets: TransactionalLog['commitGroupOffsets'] = (group, positions) =>
    this.real.commitGroupOffsets(group, positions)
  readonly fetch: TransactionalLog['fetch'] = (reader, positions, bounds) =>
    this.meet<FetchedPartition[]>('fetch', () => this.real.fetch(reader, positions, bounds))

  async producer(id: string, timeoutMs: number): Promise<LogOutcome<LogProducer>> {
    const made = await this.meet('producer', () => this.real.producer(id, timeoutMs))
    if (made.kind !== 'ok') return made
    const { value: producer } = made
    return {
      kind: 'ok',
      value: {
        append: (topic, partition, record) => producer.append(topic, partition, record),
        prepare: (upcoming) => producer.prepare(upcoming),
        flush: () => this.meet('flush', () => producer.flush()),
        end: (decision) => this.meet('end', () => producer.end(decision)),
        close: () => producer.close(),
      },
    }
  }

  async close(): Promise<void> {}

  private async meet<T>(verb: LogVerb, act: () => Promise<LogOutcome<T>>): Promise<LogOutcome<T>> {
    this.verbs.push(verb)
    const fault = await this.script(verb)
    if (fault === 'landed') {
      await act()
      return ambiguous
    }
    return fault ?? act()
  }
}
