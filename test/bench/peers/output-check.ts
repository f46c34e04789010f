import type { LogRecord } from '../../../runtime/model/record.ts'

/** Of the workload keyed-counter's cases that have 10,000. */
export const peerKeys = 10_000

const text = new TextDecoder()

/**
 * What has come out. The events of a key have one order, so a key and a count tell which event a record is for, and what is
 * missing, wrong or there twice is noticed whatever the peer does with time stamps and headers.
 */
export class OutputCheck {
  readonly #firstOf = new Map<string, number>()
  readonly #seen: Uint8Array
  #missing: number
  #repeated = 0

  constructor(events: number) {
    this.#seen = new Uint8Array(events)
    this.#missing = events
    for (let n = 0; n < Math.min(events, peerKeys); n++) this.#firstOf.set(`key-${(n * 7919) % peerKeys}`, n)
  }

  get missing(): number {
    return this.#missing
  }

  /** Records for an event that had come out before. */
  get repeated(): number {
    return this.#repeated
  }

  /** The number of the event that a record is for; undefined for one that is repeated. Throws for a count that is wrong. */
  take(record: LogRecord): number | undefined {
    const { key, count } = JSON.parse(text.decode(record.value ?? undefined)) as { key: string; count: number }
    const n = (this.#firstOf.get(key) ?? NaN) + (count - 1) * peerKeys
    const seen = this.#seen[n]
    if (seen === undefined || text.decode(record.key ?? undefined) !== key) {
      throw new Error(`a count of ${count} came out for ${key}: so many events it has not`)
    }
    if (seen !== 0) {
      this.#repeated++
      return undefined
    }
    this.#seen[n] = 1
    this.#missing--
    return n
  }
}
