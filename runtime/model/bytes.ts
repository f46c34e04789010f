import { MillraceError } from './errors.ts'

// Little-endian binary of Millrace's own formats: varints, fixed numbers, length-prefixed bytes and text.
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Up to so many characters a loop is faster than the platform's encoder or decoder. */
const shortEncoded = 64
const shortDecoded = 32
/** Up to so many bytes a loop is faster than `set`. */
const shortCopy = 32

export const noBytes = new Uint8Array(0)
export const utf8Encode = (text: string): Uint8Array => shortAsciiBytes(text) ?? encoder.encode(text)

/** The bytes of a short text that is ASCII; undefined for any other, which an encoder has to write. */
export const shortAsciiBytes = (text: string): Uint8Array | undefined => {
  const n = text.length
  if (n > shortEncoded) return undefined
  const bytes = new Uint8Array(n)
  for (let i = 0; i < n; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return undefined
    bytes[i] = code
  }
  return bytes
}

/** Whether a text takes more than so many bytes as UTF-8. */
export const exceedsBytes = (text: string, max: number): boolean =>
  text.length * 3 > max && (text.length > max || encoder.encode(text).length > max)
/** Throws a TypeError on bytes that are not UTF-8. */
export const utf8Decode = (bytes: Uint8Array): string => shortAscii(bytes, 0, bytes.length) ?? decoder.decode(bytes)

/** Text of a few ASCII characters, as most ids and names are; undefined for any other, which a decoder has to read. */
export const shortAscii = (bytes: Uint8Array, start: number, end: number): string | undefined => {
  if (end - start > shortDecoded) return undefined
  let text = ''
  let at = start
  // Four at a time: half the pieces that are put together.
  for (; at + 4 <= end; at += 4) {
    const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!]
    if ((a | b | c | d) > 0x7f) return undefined
    text += String.fromCharCode(a, b, c, d)
  }
  for (; at < end; at++) {
    const code = bytes[at]!
    if (code > 0x7f) return undefined
    text += String.fromCharCode(code)
  }
  return text
}

/** A copy in memory of its own; not by `slice`, which on a Buffer is a view. */
export const copyOf = (bytes: Uint8Array | null): Uint8Array | null => bytes && new Uint8Array(bytes)

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export const concatBytes = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Appends to a buffer that grows by doubling; `reset` keeps the buffer for the next use. */
export class ByteWriter {
  bytes: Uint8Array
  length = 0
  private view: DataView

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity)
    this.view = new DataView(this.bytes.buffer)
  }

  reset(): this {
    this.length = 0
    return this
  }

  /** What has been written, as a view that the next write may overwrite or leave behind. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  /** A copy of what has been written. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }

  reserve(more: number): void {
    const need = this.length + more
    if (need <= this.bytes.length) return
    let capacity = this.bytes.length * 2
    while (capacity < need) capacity *= 2
    const grown = new Uint8Array(capacity)
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }

  u8(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  u32(value: number): void {
    this.reserve(4)
    this.view.setUint32(this.length, value, true)
    this.length += 4
  }

  /** A whole number from 0 to 2^53 - 1. */
  uint(value: number): void {
    this.reserve(8)
    const { bytes } = this
    let at = this.length
    if (value >= 0x1000_0000) {
      // Times, which take more than 32 bits: the lower 28 are split off at once, and all the rest are small integers.
      const high = Math.floor(value / 0x1000_0000)
      const low = value - high * 0x1000_0000
      bytes[at++] = low | 0x80
      bytes[at++] = (low >>> 7) | 0x80
      bytes[at++] = (low >>> 14) | 0x80
      bytes[at++] = (low >>> 21) | 0x80
      value = high
    }
    while (value > 0x7f) {
      bytes[at++] = value | 0x80
      value >>>= 7
    }
    bytes[at++] = value
    this.length = at
  }

  /** A whole number of either sign, zigzag. */
  int(value: number): void {
    this.uint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  f64(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.length, value, true)
    this.length += 8
  }

  raw(bytes: Uint8Array): void {
    const n = bytes.length
    this.reserve(n)
    const to = this.bytes
    const at = this.length
    if (n > shortCopy) to.set(bytes, at)
    else for (let i = 0; i < n; i++) to[at + i] = bytes[i]!
    this.length = at + n
  }

  blob(bytes: Uint8Array): void {
    this.uint(bytes.length)
    this.raw(bytes)
  }

  /** Bytes, null or undefined (which is read back as null). */
  maybeBlob(bytes: Uint8Array | null | undefined): void {
    if (bytes == null) return this.u8(0)
    this.uint(bytes.length + 1)
    this.raw(bytes)
  }

  text(text: string): void {
    const n = text.length
    this.reserve(3 * n + 5)
    if (n < 0x80) {
      // Short ASCII, the usual id: length and characters in one pass.
      const start = this.length
      let at = start + 1
      let i = 0
      for (; i < n; i++) {
        const code = text.charCodeAt(i)
        if (code > 0x7f) break
        this.bytes[at++] = code
      }
      if (i === n) {
        this.bytes[start] = n
        this.length = at
        return
      }
    }
    this.blob(encoder.encode(text))
  }
}

/** Reads what ByteWriter wrote; every length is checked against what is there before anything is allocated. */
export class ByteReader {
  readonly bytes: Uint8Array
  position: number
  readonly end: number
  private readonly view: DataView
  /** Kept: to ask a view for its memory takes as long as to make another. */
  private readonly buffer: ArrayBufferLike
  private readonly offset: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.position = start
    this.end = end
    this.buffer = bytes.buffer
    this.offset = bytes.byteOffset
    this.view = new DataView(this.buffer, this.offset, bytes.byteLength)
  }

  get done(): boolean {
    return this.position >= this.end
  }

  private take(length: number): number {
    const at = this.position
    if (length > this.end - at)
      throw new MillraceError('STORE_CORRUPT', `cut off: ${length} bytes wanted at ${at}, ${this.end - at} left`)
    this.position = at + length
    return at
  }

  u8(): number {
    return this.bytes[this.take(1)]!
  }

  skip(length: number): void {
    this.take(length)
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true)
  }

  uint(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    for (let scale = 0x1000_0000, i = 4; i < 8; i++) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
    throw new MillraceError('STORE_CORRUPT', `a number at ${this.position} is longer than 8 bytes`)
  }

  int(): number {
    const zigzag = this.uint()
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
  }

  f64(): number {
    return this.view.getFloat64(this.take(8), true)
  }

  /** A view into the buffer that is read: copy it to keep it. */
  raw(length: number): Uint8Array {
    const at = this.take(length)
    // Not subarray(), which takes several times as long, the more so where the bytes are a Buffer.
    return new Uint8Array(this.buffer, this.offset + at, length)
  }

  blob(): Uint8Array {
    return this.raw(this.uint())
  }

  maybeBlob(): Uint8Array | null {
    const length = this.uint()
    return length === 0 ? null : this.raw(length - 1)
  }

  text(): string {
    const length = this.uint()
    const at = this.take(length)
    return shortAscii(this.bytes, at, at + length) ?? decoder.decode(this.bytes.subarray(at, at + length))
  }
}
