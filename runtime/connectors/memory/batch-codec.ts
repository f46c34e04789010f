import { crc32 } from 'node:zlib'
import { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { MillraceError, messageOf } from '../../model/errors.ts'
import type { Headers, LogRecord } from '../../model/record.ts'
import type { ProducedRecord } from '../../ports/transactional-log.ts'

// How the memory log and the embedded log keep a batch of records: a CRC-32 of what follows, the number of records, the
// first one's time, then each record: time minus the first one's, key, value, headers. Stored: it cannot change.

export interface EncodedBatch {
  readonly count: number
  readonly maxTimestampMs: number
  /** The size of the largest record. */
  readonly recordBytesMax: number
  readonly payload: Uint8Array
}

const checksumBytes = 4
const writer = new ByteWriter(64 << 10)
const bufferKeptMax = 16 << 20

export const encodeBatch = (records: readonly ProducedRecord[]): EncodedBatch => {
  // One huge batch must not hold its buffer for ever.
  const out = writer.bytes.length > bufferKeptMax ? new ByteWriter() : writer.reset()
  const firstMs = records[0]?.timestampMs ?? 0
  let maxTimestampMs = -1
  let recordBytesMax = 0
  out.u32(0)
  out.uint(records.length)
  out.f64(firstMs)
  for (const record of records) {
    const start = out.length
    maxTimestampMs = Math.max(maxTimestampMs, record.timestampMs)
    out.int(record.timestampMs - firstMs)
    out.maybeBlob(record.key)
    out.maybeBlob(record.value)
    out.uint(record.headers.length)
    for (const [name, value] of record.headers) {
      out.text(name)
      out.maybeBlob(value)
    }
    recordBytesMax = Math.max(recordBytesMax, out.length - start)
  }
  const payload = out.copy()
  new DataView(payload.buffer).setUint32(0, crc32(payload.subarray(checksumBytes)), true)
  return { count: records.length, maxTimestampMs, recordBytesMax, payload }
}

/** Throws a MillraceError LOG_CORRUPT that says `where`. Keys and values are views into `payload`. */
export const decodeBatch = (payload: Uint8Array, baseOffset: number, where: string): LogRecord[] => {
  try {
    const reader = new ByteReader(payload)
    if (reader.u32() !== crc32(payload.subarray(checksumBytes))) throw new Error('the checksum is wrong')
    const count = reader.uint()
    const firstMs = reader.f64()
    const records: LogRecord[] = []
    for (let i = 0; i < count; i++) {
      records.push({
        offset: baseOffset + i,
        timestampMs: firstMs + reader.int(),
        key: reader.maybeBlob(),
        value: reader.maybeBlob(),
        headers: readHeaders(reader),
      })
    }
    return records
  } catch (error) {
    throw new MillraceError('LOG_CORRUPT', `the record batch at ${where}, offset ${baseOffset}: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

const noHeadersRead: Headers = []

const readHeaders = (reader: ByteReader): Headers => {
  const count = reader.uint()
  if (count === 0) return noHeadersRead
  const headers: (readonly [string, Uint8Array | null])[] = []
  for (let i = 0; i < count; i++) headers.push([reader.text(), reader.maybeBlob()])
  return headers
}
