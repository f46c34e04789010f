import { PbfWriter } from 'pbf'

const utf8 = new TextEncoder()

// Buffers grown beyond this are not kept for the next use.
const keptBytesMax = 4 << 20

/** Protobuf written without a closure per message: `begin` a length-delimited field, write its fields, `end` it. */
export class WireWriter extends PbfWriter {
  /** Forgets what was written and keeps the buffer. */
  reset(): this {
    if (this.buf.length > keptBytesMax) {
      this.buf = new Uint8Array(1024)
      this.dataView = new DataView(this.buf.buffer)
    }
    this.pos = 0
    this.length = this.buf.length
    return this
  }

  /** A copy of what has been written. */
  copy(): Uint8Array {
    return this.buf.slice(0, this.pos)
  }

  /** A field's tag and wire type, which together are one byte for the fields 1 to 15. */
  key(key: number): void {
    if (this.pos >= this.length) this.realloc(1)
    this.buf[this.pos++] = key
  }

  uint(key: number, value: number): void {
    this.key(key)
    this.writeVarint(value)
  }

  /** Not pbf's writeString, which in 5.1.2 writes U+20000 and others beyond the second plane as other characters. */
  text(key: number, value: string): void {
    const units = value.length
    const need = this.pos + 3 * units + 8
    if (need > this.length) this.realloc(3 * units + 8)
    const buf = this.buf
    buf[this.pos] = key
    let at = this.pos + 2
    let i = 0
    if (units < 0x80) {
      for (; i < units; i++) {
        const code = value.charCodeAt(i)
        if (code > 0x7f) break
        buf[at++] = code
      }
      if (i === units) {
        buf[this.pos + 1] = units
        this.pos = at
        return
      }
    }
    this.pos += 2
    const start = this.pos
    this.pos += utf8.encodeInto(value, buf.subarray(start)).written
    this.end(start)
  }

  bytes(key: number, value: Uint8Array): void {
    this.key(key)
    this.writeBytes(value)
  }

  /** Opens a message within a message; the answer goes to `end`. */
  begin(key: number): number {
    this.key(key)
    return this.frame()
  }

  /** Opens a message behind its length. */
  frame(): number {
    if (this.pos >= this.length) this.realloc(1)
    return ++this.pos
  }

  /** Writes the length of what was written since `start`, in the byte kept for it or, moved, in more. */
  end(start: number): void {
    const length = this.pos - start
    if (length < 0x80) {
      this.buf[start - 1] = length
      return
    }
    const more = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4
    this.realloc(more)
    this.buf.copyWithin(start + more, start, this.pos)
    this.pos = start - 1
    this.writeVarint(length)
    this.pos += length
  }
}
