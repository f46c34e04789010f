import { ByteWriter } from '../model/bytes.ts'

// Buffers grown beyond this are not kept for the next use.
const keptBytesMax = 4 << 20

/**
 * Protobuf without a closure per message: `begin` a length-delimited field, write its fields, `end` it. Keys are a field's
 * tag and wire type, which together are one byte for the fields 1 to 15.
 */
export class WireWriter extends ByteWriter {
  override reset(): this {
    if (this.bytes.length > keptBytesMax) this.bytes = new Uint8Array(1024)
    return super.reset()
  }

  uintField(key: number, value: number): void {
    this.reserve(9)
    this.bytes[this.length++] = key
    if (value < 0x80) this.bytes[this.length++] = value
    else this.uint(value)
  }

  textField(key: number, value: string): void {
    this.u8(key)
    this.text(value)
  }

  blobField(key: number, value: Uint8Array): void {
    const n = value.length
    this.reserve(n + 9)
    const at = this.length
    this.bytes[at] = key
    if (n < 0x80) {
      this.bytes[at + 1] = n
      this.length = at + 2
    } else {
      this.length = at + 1
      this.uint(n)
    }
    this.raw(value)
  }

  /** Opens a message within a message; the answer goes to `end`. */
  begin(key: number): number {
    this.reserve(2)
    this.bytes[this.length] = key
    this.bytes[this.length + 1] = 0
    return (this.length += 2)
  }

  /** Opens a message behind its length. */
  frame(): number {
    this.u8(0)
    return this.length
  }

  /** As `begin`, for what takes 128 bytes or more in most cases; the answer goes to `endLong`. */
  beginLong(key: number): number {
    this.reserve(3)
    this.bytes[this.length] = key
    this.length += 3
    return this.length
  }

  endLong(start: number): void {
    const length = this.length - start
    if (length >= 0x80 && length < 0x4000) {
      this.bytes[start - 2] = (length & 0x7f) | 0x80
      this.bytes[start - 1] = length >>> 7
      return
    }
    // The length takes another number of bytes than the two that were kept for it.
    this.bytes.copyWithin(start - 1, start, this.length)
    this.length--
    this.end(start - 1)
  }

  /** Writes the length of what was written since `start`, in the byte kept for it or, moving it on, in more. */
  end(start: number): void {
    const length = this.length - start
    if (length < 0x80) {
      this.bytes[start - 1] = length
      return
    }
    const more = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4
    this.reserve(more)
    this.bytes.copyWithin(start + more, start, this.length)
    this.length = start - 1
    this.uint(length)
    this.length += length
  }
}
