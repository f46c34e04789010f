import { ByteReader, ByteWriter } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import type { OutgoingRecord } from '../model/record.ts'

/** A record that a window publishes. */
export interface OutboxRecord {
  readonly topic: string
  readonly record: OutgoingRecord
}

/** The records of one window, encoded as they come; neutral, not in any log's own bytes. */
export class Outbox {
  records: OutboxRecord[] = []
  private readonly out = new ByteWriter(64 << 10)
  private readonly topics = new Map<string, number>()

  get bytes(): number {
    return this.out.length
  }

  add(topic: string, record: OutgoingRecord): void {
    const { out } = this
    this.records.push({ topic, record })
    const known = this.topics.get(topic)
    if (known === undefined) {
      this.topics.set(topic, this.topics.size + 1)
      out.uint(0)
      out.text(topic)
    } else out.uint(known)
    out.maybeBlob(record.key)
    out.maybeBlob(record.value)
    out.uint(record.headers.length)
    for (const [name, value] of record.headers) {
      out.text(name)
      out.maybeBlob(value)
    }
    out.int(record.timestampMs ?? -1)
  }

  /** What was added; the outbox is empty afterwards. */
  take(): { records: readonly OutboxRecord[]; encoded: Uint8Array } {
    const taken = { records: this.records, encoded: this.out.copy() }
    this.records = []
    this.topics.clear()
    this.out.reset()
    return taken
  }
}

export const readOutbox = (encoded: Uint8Array): OutboxRecord[] => {
  const input = new ByteReader(encoded)
  const topics: string[] = []
  const records: OutboxRecord[] = []
  while (!input.done) {
    const place = input.uint()
    if (place === 0) topics.push(input.text())
    const topic = topics[place === 0 ? topics.length - 1 : place - 1]
    if (topic === undefined) throw new MillraceError('STORE_CORRUPT', 'an outbox names a topic by a wrong number')
    const key = input.maybeBlob()
    const value = input.maybeBlob()
    const headers: (readonly [string, Uint8Array | null])[] = []
    for (let left = input.uint(); left > 0; left--) headers.push([input.text(), input.maybeBlob()])
    const timestampMs = input.int()
    records.push({ topic, record: { key, value, headers, timestampMs: timestampMs < 0 ? undefined : timestampMs } })
  }
  return records
}
