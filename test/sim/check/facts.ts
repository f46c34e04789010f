import { committedRecords } from '../../../runtime/log/read-committed.ts'
import { utf8Decode } from '../../../runtime/model/bytes.ts'
import type { LogRecord } from '../../../runtime/model/record.ts'
import type { FetchedPartition } from '../../../runtime/ports/transactional-log.ts'
import { decodeBatch } from '../../../runtime/connectors/memory/batch-codec.ts'
import { RecordListCursor } from '../../../runtime/connectors/memory/record-list-cursor.ts'
import { decodeState } from '../../../runtime/sdk/decode-state.ts'
import type { Shard } from '../../../runtime/shard/shard.ts'
import type { Broker } from '../world/broker.ts'
import { outputPartitions, topics } from '../world/topics.ts'
import type { Execution, Place } from '../workload/command.ts'
import type { Actors } from '../workload/interpreter.ts'

/** What one address holds. */
export interface ActorFacts {
  readonly place: Place
  readonly log: readonly Execution[]
  readonly count: number
  readonly cells: ReadonlyMap<string, number>
  readonly scratch: string | undefined
}

/** A dead letter, by what its headers say. */
export interface DeadLetter {
  readonly code: string
  readonly address: string
  readonly attempts: number
  readonly command: string
}

export const actorsOf = (shard: Shard, actors: Actors): readonly ActorFacts[] => {
  const facts: ActorFacts[] = []
  for (const table of shard.tables) {
    const contract = actors.contracts.get(table.typename)
    if (!contract) continue
    for (const actor of shard.actorsOf(table)) {
      const state = decodeState(contract, (key) => actor.cells(table.ordinalOf(key)), actor.id)
      const { log, count, cells, scratch } = state
      facts.push({ place: { typename: table.typename, id: actor.id }, log, count, cells, scratch })
    }
  }
  return facts
}

/** Reads a topic as a consumer of committed records does, from where it stopped before. */
export class CommittedReader {
  private readonly broker: Broker
  private readonly topic: string
  private readonly next: number[]

  constructor(broker: Broker, topic: string, partitions: number) {
    this.broker = broker
    this.topic = topic
    this.next = Array.from({ length: partitions }, () => 0)
  }

  read(): readonly LogRecord[] {
    const { topic, next } = this
    const positions = next.map((offset, partition) => ({ topic, partition, offset }))
    const read = this.broker.read(positions, { maxBytes: Infinity, partitionMaxBytes: Infinity })
    if (read.kind !== 'ok') throw new Error('a reader was refused')
    const records: LogRecord[] = []
    for (const partition of read.value) {
      const batches = partition.batches.map((batch) => {
        const decoded = () => (batch.control ? [] : decodeBatch(batch.payload, batch.baseOffset, topic))
        const cursor = () => new RecordListCursor(decoded())
        return { ...batch, producerId: BigInt(batch.producerId), records: decoded, cursor }
      })
      const fetched: FetchedPartition = { ...partition, batches }
      const committed = committedRecords(fetched, next[partition.partition] ?? 0)
      next[partition.partition] = committed.next
      records.push(...committed.records)
    }
    return records
  }
}

/** What came out so far: the texts of records, and dead letters. */
export class Outcome {
  /** In the order of their partitions; with their key, the id of the actor that emitted them. */
  readonly emitted: { readonly id: string; readonly text: string }[] = []
  readonly dead: DeadLetter[] = []
  private readonly out: CommittedReader
  private readonly deadLetters: CommittedReader

  constructor(broker: Broker) {
    this.out = new CommittedReader(broker, topics.output, outputPartitions)
    this.deadLetters = new CommittedReader(broker, topics.deadLetters, outputPartitions)
  }

  look(): void {
    for (const { key, value } of this.out.read())
      this.emitted.push({ id: textOf(key), text: String(JSON.parse(textOf(value))).trimEnd() })
    for (const record of this.deadLetters.read()) this.dead.push(deadLetterOf(record))
  }
}

const textOf = (bytes: Uint8Array | null): string => (bytes ? utf8Decode(bytes) : '')

const deadLetterOf = (record: LogRecord): DeadLetter => {
  const headers = new Map(record.headers.map(([name, value]) => [name, textOf(value)]))
  // The value is the record that came in, or the message's payload; both hold the command.
  const text = textOf(record.value)
  const found = /"id":"(c\d+)"/g
  const ids = [...text.matchAll(found)].map(([, id]) => id ?? '')
  return {
    code: headers.get('millrace-error-code') ?? '',
    address: headers.get('millrace-address') ?? '',
    attempts: Number(headers.get('millrace-attempts') ?? 0),
    command: ids[0] ?? '',
  }
}
