import { MillraceError } from '../../model/errors.ts'
import { noHeaders, type Headers, type LogRecord } from '../../model/record.ts'
import type { RecordCursor } from '../../ports/transactional-log.ts'

// Decodes the records of one batch of magic 2. The hot loop of reading: no object beyond the record itself, keys and
// values are views. Reads are not checked one by one; each record says how long it is, and where a decoded record does
// not end there the batch is refused.
const recordBytesMin = 7
const noBytes = new Uint8Array(0)
const text = new TextDecoder()

export interface BatchTimes {
  readonly baseOffset: number
  readonly baseTimestampMs: number
  /** Set where the broker's time counts for all records of the batch. */
  readonly appendTimestampMs: number | undefined
}

const corrupt = (what: string): never => {
  throw new MillraceError('LOG_CORRUPT', what)
}

/** The position after the last varint; a second result without an object. */
let next = 0

/** A zigzag varint of up to 32 bits. */
const varint = (bytes: Uint8Array, at: number): number => {
  let byte = bytes[at++]!
  let value = byte & 127
  for (let shift = 7; byte > 127 && shift < 35; shift += 7) {
    byte = bytes[at++]!
    value |= (byte & 127) << shift
  }
  next = at
  return (value >>> 1) ^ -(value & 1)
}

/** A zigzag varint of up to 64 bits, exact up to 2^53. */
const varlong = (bytes: Uint8Array, at: number): number => {
  let value = 0
  let scale = 1
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at++]!
    value += (byte & 127) * scale
    scale *= 128
    if (!(byte > 127)) break
  }
  next = at
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

/** The memory that records stand in: to ask an array for it, for each view, takes as long as to make the view. */
interface Memory {
  readonly buffer: ArrayBufferLike
  readonly offset: number
}

const view = ({ buffer, offset }: Memory, at: number, length: number, end: number): Uint8Array => {
  if (length > end - at) corrupt('a record is cut off')
  return length === 0 ? noBytes : new Uint8Array(buffer, offset + at, length)
}

const decodeHeaders = (bytes: Uint8Array, memory: Memory, start: number, count: number, end: number): Headers => {
  // A header takes two bytes at least.
  if (count < 0 || count > (end - start) / 2) corrupt('a record says it has more headers than bytes')
  const headers: (readonly [string, Uint8Array | null])[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    const nameLength = varint(bytes, at)
    at = next
    if (nameLength < 0) corrupt('a header has no name')
    const name = text.decode(view(memory, at, nameLength, end))
    at += nameLength
    const length = varint(bytes, at)
    at = next
    headers.push([name, length < 0 ? null : view(memory, at, length, end)])
    if (length > 0) at += length
  }
  next = at
  return headers
}

/** Goes through the records of one batch. Throws a MillraceError LOG_CORRUPT where the bytes are not `count` records. */
export class RecordDecoder implements RecordCursor {
  private readonly bytes: Uint8Array
  private readonly memory: Memory
  private readonly times: BatchTimes
  private left: number
  private at: number

  constructor(bytes: Uint8Array, start: number, count: number, times: BatchTimes) {
    if (count < 0 || count > (bytes.length - start) / recordBytesMin)
      corrupt(`${count} records do not fit ${bytes.length - start} bytes`)
    this.bytes = bytes
    this.memory = { buffer: bytes.buffer, offset: bytes.byteOffset }
    this.at = start
    this.left = count
    this.times = times
  }

  get done(): boolean {
    return this.left === 0
  }

  take(max: number, bytesMax: number): LogRecord[] {
    const { bytes, memory } = this
    const { baseOffset, baseTimestampMs, appendTimestampMs } = this.times
    const limit = bytes.length
    const records: LogRecord[] = []
    const bytesEnd = this.at + bytesMax
    let at = this.at
    for (let left = Math.min(max, this.left); left > 0; left--) {
      const size = varint(bytes, at)
      at = next
      if (size < 0 || size > limit - at) corrupt('a record is cut off')
      const end = at + size
      // One byte of attributes, unused.
      const delta = varlong(bytes, at + 1)
      const offset = baseOffset + varint(bytes, next)
      const keyLength = varint(bytes, next)
      at = next
      const key = keyLength < 0 ? null : view(memory, at, keyLength, end)
      if (keyLength > 0) at += keyLength
      const valueLength = varint(bytes, at)
      at = next
      const value = valueLength < 0 ? null : view(memory, at, valueLength, end)
      if (valueLength > 0) at += valueLength
      const headerCount = varint(bytes, at)
      at = next
      const headers = headerCount === 0 ? noHeaders : decodeHeaders(bytes, memory, at, headerCount, end)
      if (headerCount !== 0) at = next
      if (at !== end) corrupt('a record has another length than it says')
      records.push({ offset, timestampMs: appendTimestampMs ?? baseTimestampMs + delta, key, value, headers })
      if (at >= bytesEnd) break
    }
    this.at = at
    this.left -= records.length
    return records
  }
}
