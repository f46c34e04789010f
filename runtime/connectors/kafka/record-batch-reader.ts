import { MillraceError, messageOf } from '../../model/errors.ts'
import { type LogRecord } from '../../model/record.ts'
import type { RecordBatch, RecordCursor } from '../../ports/transactional-log.ts'
import { crc32c } from './crc32c.ts'
import { decompress } from './decompress.ts'
import { RecordDecoder } from './record-decoder.ts'

// Headers of record batches are read when an answer arrives, records only when someone asks: an aborted batch is never
// decoded. All views go into the answer's own bytes.
const headerBytes = 61
/** Offset, length, leader epoch or checksum, and the magic: what batches of every age begin with. */
const commonBytes = 17
const codecBits = 0x07
const appendTimeBit = 0x08
const transactionalBit = 0x10
const controlBit = 0x20

export interface BatchOrigin {
  readonly topic: string
  readonly partition: number
}

const long = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)

class FetchedBatch implements RecordBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly producerId: bigint
  readonly transactional: boolean
  readonly control: RecordBatch['control']
  private readonly origin: BatchOrigin
  private readonly bytes: Buffer
  private readonly attributes: number

  constructor(origin: BatchOrigin, bytes: Buffer) {
    this.origin = origin
    this.bytes = bytes
    this.baseOffset = long(bytes, 0)
    const current = bytes[16] === 2
    this.attributes = current ? bytes.readInt16BE(21) : 0
    const span = current ? bytes.readInt32BE(23) : 0
    if (!Number.isSafeInteger(this.baseOffset) || this.baseOffset < 0 || span < 0) this.corrupt('impossible offsets')
    this.lastOffset = this.baseOffset + span
    this.producerId = current ? bytes.readBigInt64BE(43) : -1n
    this.transactional = (this.attributes & transactionalBit) !== 0
    this.control = (this.attributes & controlBit) !== 0 ? this.controlType() : undefined
  }

  records(): LogRecord[] {
    return this.cursor().take(Infinity, Infinity)
  }

  cursor(): RecordCursor {
    const { bytes } = this
    const magic = bytes[16]!
    if (magic !== 2)
      this.corrupt(`message format ${magic} is not read: copy the topic with a client that writes format 2`)
    this.checkSum()
    const packed = bytes.subarray(headerBytes)
    const codec = this.attributes & codecBits
    const times = {
      baseOffset: this.baseOffset,
      baseTimestampMs: long(bytes, 27),
      appendTimestampMs: (this.attributes & appendTimeBit) !== 0 ? long(bytes, 35) : undefined,
    }
    const decoder = this.told(() => {
      const records = codec === 0 ? packed : decompress(codec, packed)
      return new RecordDecoder(records, 0, bytes.readInt32BE(57), times)
    })
    return {
      get done() {
        return decoder.done
      },
      take: (max, bytesMax) => this.told(() => decoder.take(max, bytesMax)),
    }
  }

  /** Says which batch it is that something is wrong with. */
  private told<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      return this.corrupt(messageOf(error), error)
    }
  }

  private checkSum(): void {
    const told = this.bytes.readUInt32BE(17)
    const found = crc32c(this.bytes, 21)
    if (told !== found) this.corrupt(`checksum ${found.toString(16)} instead of ${told.toString(16)}`)
  }

  /** A control batch ends a transaction: it is believed only with a good checksum. */
  private controlType(): RecordBatch['control'] {
    const [record] = this.records()
    // Compaction may leave the batch without its record.
    if (record?.key == null || record.key.length < 4) return 'other'
    const type = (record.key[2]! << 8) | record.key[3]!
    return type === 0 ? 'abort' : type === 1 ? 'commit' : 'other'
  }

  private corrupt(what: string, cause?: unknown): never {
    const { topic, partition } = this.origin
    throw new MillraceError('LOG_CORRUPT', `${topic}/${partition} at offset ${this.baseOffset}: ${what}`, { cause })
  }
}

/**
 * The batches in the bytes that a fetch answers for a partition. The last one may be cut off and is left out; the broker
 * never cuts the first. Throws a MillraceError LOG_CORRUPT for bytes that cannot be batches.
 */
export const readBatches = (origin: BatchOrigin, bytes: Buffer): RecordBatch[] => {
  const batches: RecordBatch[] = []
  const corrupt = (what: string): never => {
    throw new MillraceError('LOG_CORRUPT', `${origin.topic}/${origin.partition}: ${what}`)
  }
  let at = 0
  while (bytes.length - at >= commonBytes) {
    const length = 12 + bytes.readInt32BE(at + 8)
    const magic = bytes[at + 16]!
    if (length < (magic === 2 ? headerBytes : commonBytes)) corrupt(`a batch of ${length} bytes`)
    if (length > bytes.length - at) break
    batches.push(new FetchedBatch(origin, bytes.subarray(at, at + length)))
    at += length
  }
  if (batches.length === 0 && bytes.length > 0) corrupt(`${bytes.length} bytes hold no whole batch`)
  return batches
}
