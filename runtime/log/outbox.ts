import { ByteReader, ByteWriter } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import { noHeaders, type Headers, type OutgoingRecord } from '../model/record.ts'

/** A record that a window publishes. */
export interface OutboxRecord {
  readonly topic: string
  readonly record: OutgoingRecord
}

/**
 * The records of one window, encoded as they come; neutral, not in any log's own bytes. Only the bytes are kept: a window
 * waits for its commit and for those before it to be published, and objects that live so long cost the most.
 */
export class Outbox {
  count = 0
  private readonly out = new ByteWriter(64 << 10)
  private readonly topics = new Map<string, number>()

  get bytes(): number {
    return this.out.length
  }

  add(topic: string, record: OutgoingRecord): void {
    const { out } = this
    this.count++
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
  take(): { count: number; encoded: Uint8Array } {
    const taken = { count: this.count, encoded: this.out.copy() }
    this.count = 0
    this.topics.clear()
    this.out.reset()
    return taken
  }
}

const readHeaders = (input: ByteReader): Headers => {
  let left = input.uint()
  if (left === 0) return noHeaders
  const headers: Headers[number][] = []
  for (; left > 0; left--) headers.push([input.text(), input.maybeBlob()])
  return headers
}

/**
 * The records of an encoded outbox, read one by one as they are taken, and anew each time; keys and values are views of it.
 * Throws a MillraceError STORE_CORRUPT on the way.
 */
export const readOutbox = (encoded: Uint8Array): Iterable<OutboxRecord> => ({
  [Symbol.iterator]: () => new OutboxCursor(encoded),
})

/** Not a generator, which makes two objects more of each record. */
class OutboxCursor implements Iterator<OutboxRecord, undefined> {
  private readonly input: ByteReader
  private readonly topics: string[] = []

  constructor(encoded: Uint8Array) {
    this.input = new ByteReader(encoded)
  }

  next(): IteratorResult<OutboxRecord, undefined> {
    const { input, topics } = this
    if (input.done) return { done: true, value: undefined }
    const place = input.uint()
    if (place === 0) topics.push(input.text())
    const topic = topics[place === 0 ? topics.length - 1 : place - 1]
    if (topic === undefined) throw new MillraceError('STORE_CORRUPT', 'an outbox names a topic by a wrong number')
    const key = input.maybeBlob()
    const value = input.maybeBlob()
    const headers = readHeaders(input)
    const timestampMs = input.int()
    const record = { key, value, headers, timestampMs: timestampMs < 0 ? undefined : timestampMs }
    return { done: false, value: { topic, record } }
  }
}
