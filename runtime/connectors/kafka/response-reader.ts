import { MillraceError } from '../../model/errors.ts'

/** Reads an answer in Kafka's encoding before flexible versions. Every length is checked before it is used. */
export class ResponseReader {
  readonly bytes: Buffer
  private at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  private take(length: number): number {
    const at = this.at
    if (length < 0 || length > this.bytes.length - at)
      throw new MillraceError('LOG_CORRUPT', `a broker's answer is cut off: ${length} bytes wanted at ${at}`)
    this.at = at + length
    return at
  }

  i8(): number {
    return this.bytes.readInt8(this.take(1))
  }

  i16(): number {
    return this.bytes.readInt16BE(this.take(2))
  }

  i32(): number {
    return this.bytes.readInt32BE(this.take(4))
  }

  i64(): bigint {
    return this.bytes.readBigInt64BE(this.take(8))
  }

  /** An offset or a time: 64 bits that stay below 2^53. */
  long(): number {
    const at = this.take(8)
    const value = this.bytes.readInt32BE(at) * 0x1_0000_0000 + this.bytes.readUInt32BE(at + 4)
    if (!Number.isSafeInteger(value)) throw new MillraceError('LOG_CORRUPT', 'a broker answers an offset beyond 2^53')
    return value
  }

  skip(length: number): void {
    this.take(length)
  }

  maybeText(): string | null {
    const length = this.i16()
    if (length < 0) return null
    const at = this.take(length)
    return this.bytes.toString('utf8', at, at + length)
  }

  text(): string {
    return this.maybeText() ?? ''
  }

  /** Length-prefixed bytes as a view; null and none are both empty. */
  blob(): Buffer {
    const length = this.i32()
    if (length <= 0) return this.bytes.subarray(this.at, this.at)
    const at = this.take(length)
    return this.bytes.subarray(at, at + length)
  }

  /** Null and none are both empty. The count costs nothing until items are really there. */
  array<T>(read: () => T): T[] {
    const items: T[] = []
    for (let left = this.i32(); left > 0; left--) items.push(read())
    return items
  }
}
