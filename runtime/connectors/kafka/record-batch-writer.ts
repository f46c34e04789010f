import { type ProducedRecord } from '../../ports/transactional-log.ts'
import { crc32c } from './crc32c.ts'

// Record batches of magic 2 for one partition. A record is encoded once, when it is appended, behind room for a header
// of 61 bytes that is filled when the batch is about to be sent. Batches lie one after the other in one buffer, which is
// kept for the next transaction.
const headerBytes = 61
const keptBytesMax = 4 << 20
const shortCopy = 24

export interface BatchStamp {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
}

export interface EncodedBatch {
  readonly bytes: Buffer
  readonly records: number
}

interface OpenBatch {
  start: number
  records: number
  firstTimestampMs: number
  maxTimestampMs: number
}

const utf8 = new TextEncoder()
type EncodedHeader = readonly [name: Uint8Array, value: Uint8Array | null]

/** Bytes of a zigzag varint of n, for 0 <= n < 2^31. */
const zigzagBytes = (n: number): number => (n < 64 ? 1 : n < 8_192 ? 2 : n < 1_048_576 ? 3 : n < 134_217_728 ? 4 : 5)
const sizedBytes = (bytes: Uint8Array | null): number => (bytes === null ? 1 : zigzagBytes(bytes.length) + bytes.length)
/** The zigzag of a time's distance, which may be negative and longer than 32 bits. */
const zigzag = (n: number): number => (n >= 0 ? n * 2 : n * -2 - 1)

const longBytes = (n: number): number => {
  let length = 1
  for (let rest = zigzag(n); rest > 127; rest = Math.floor(rest / 128)) length++
  return length
}

export class RecordBatchWriter {
  private buffer: Buffer
  private at = 0
  private batches: OpenBatch[] = []
  private open: OpenBatch | undefined
  /** A batch grows up to this; a record that is larger has a batch of its own. */
  private readonly batchBytesMax: number

  constructor(batchBytesMax: number, capacity = 16 << 10) {
    this.batchBytesMax = batchBytesMax
    this.buffer = Buffer.allocUnsafeSlow(capacity)
  }

  get empty(): boolean {
    return this.open === undefined
  }

  append(record: ProducedRecord): void {
    const { key, value, timestampMs } = record
    const headers = record.headers.length === 0 ? undefined : record.headers.map(encodeHeader)
    let batch = this.open ?? this.begin(timestampMs)
    let size = this.recordBytes(batch, record, headers)
    if (batch.records > 0 && this.at + size + 5 - batch.start > this.batchBytesMax) {
      batch = this.begin(timestampMs)
      size = this.recordBytes(batch, record, headers)
    }
    this.reserve(size + 5)
    this.unsigned(size * 2)
    this.buffer[this.at++] = 0
    this.long(timestampMs - batch.firstTimestampMs)
    this.unsigned(batch.records * 2)
    this.sized(key)
    this.sized(value)
    if (headers === undefined) this.buffer[this.at++] = 0
    else this.headers(headers)
    batch.records++
    if (timestampMs > batch.maxTimestampMs) batch.maxTimestampMs = timestampMs
  }

  /** Fills the headers. Answers views into the buffer, good until `reset` or the next `append`. */
  finish(stamp: BatchStamp): EncodedBatch[] {
    let sequence = stamp.baseSequence
    return this.batches.map((batch, i) => {
      const end = this.batches[i + 1]?.start ?? this.at
      this.stamp(batch, end, stamp, sequence)
      sequence = (sequence + batch.records) & 0x7fff_ffff
      return { bytes: this.buffer.subarray(batch.start, end), records: batch.records }
    })
  }

  /** Forgets what was written. The buffer is used again: nothing may still be waiting to be sent from it. */
  reset(): void {
    this.at = 0
    this.batches = []
    this.open = undefined
    if (this.buffer.length > keptBytesMax) this.buffer = Buffer.allocUnsafeSlow(keptBytesMax)
  }

  private begin(timestampMs: number): OpenBatch {
    this.reserve(headerBytes)
    this.open = { start: this.at, records: 0, firstTimestampMs: timestampMs, maxTimestampMs: timestampMs }
    this.batches.push(this.open)
    this.at += headerBytes
    return this.open
  }

  private recordBytes(batch: OpenBatch, record: ProducedRecord, headers: readonly EncodedHeader[] | undefined): number {
    const delta = record.timestampMs - batch.firstTimestampMs
    return (
      1 +
      longBytes(delta) +
      zigzagBytes(batch.records) +
      sizedBytes(record.key) +
      sizedBytes(record.value) +
      (headers === undefined ? 1 : headersBytes(headers))
    )
  }

  private reserve(more: number): void {
    const need = this.at + more
    if (need <= this.buffer.length) return
    let capacity = this.buffer.length * 2
    while (capacity < need) capacity *= 2
    const grown = Buffer.allocUnsafeSlow(capacity)
    this.buffer.copy(grown, 0, 0, this.at)
    this.buffer = grown
  }

  private unsigned(value: number): void {
    const buffer = this.buffer
    let at = this.at
    // A length doubled by zigzag may pass 2^31, but never 2^32.
    value >>>= 0
    while (value > 127) {
      buffer[at++] = (value & 127) | 128
      value >>>= 7
    }
    buffer[at++] = value
    this.at = at
  }

  private long(value: number): void {
    let rest = zigzag(value)
    while (rest > 127) {
      this.buffer[this.at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.at++] = rest
  }

  private sized(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.buffer[this.at++] = 1
      return
    }
    const length = bytes.length
    this.unsigned(length * 2)
    const buffer = this.buffer
    const at = this.at
    if (length <= shortCopy) for (let i = 0; i < length; i++) buffer[at + i] = bytes[i]!
    else buffer.set(bytes, at)
    this.at = at + length
  }

  private headers(headers: readonly EncodedHeader[]): void {
    this.unsigned(headers.length * 2)
    for (const [name, value] of headers) {
      this.sized(name)
      this.sized(value)
    }
  }

  private stamp(batch: OpenBatch, end: number, stamp: BatchStamp, sequence: number): void {
    const { buffer } = this
    const { start, records } = batch
    buffer.writeBigInt64BE(0n, start)
    buffer.writeInt32BE(end - start - 12, start + 8)
    buffer.writeInt32BE(-1, start + 12)
    buffer[start + 16] = 2
    buffer.writeInt16BE(0x10, start + 21)
    buffer.writeInt32BE(records - 1, start + 23)
    buffer.writeBigInt64BE(BigInt(batch.firstTimestampMs), start + 27)
    buffer.writeBigInt64BE(BigInt(batch.maxTimestampMs), start + 35)
    buffer.writeBigInt64BE(stamp.producerId, start + 43)
    buffer.writeInt16BE(stamp.producerEpoch, start + 51)
    buffer.writeInt32BE(sequence, start + 53)
    buffer.writeInt32BE(records, start + 57)
    buffer.writeUInt32BE(crc32c(buffer, start + 21, end), start + 17)
  }
}

const encodeHeader = ([name, value]: readonly [string, Uint8Array | null]): EncodedHeader => [utf8.encode(name), value]

const headersBytes = (headers: readonly EncodedHeader[]): number =>
  headers.reduce((sum, [name, value]) => sum + sizedBytes(name) + sizedBytes(value), zigzagBytes(headers.length))
