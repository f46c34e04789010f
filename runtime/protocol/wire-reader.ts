import { shortAscii } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'

// Nothing is trusted: every length is checked before it is used, numbers are in range, text is UTF-8.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const nameMax = 64
/** Up to so many bytes a loop is faster than a view of them that is copied. */
const shortCopy = 64
const names = new Array<string>(32).fill('')

/** Messages, headers, items: bounds the memory that few bytes can ask for. */
const elementsMax = 1 << 20

/** What everything that is no valid protobuf of ours is refused with. */
export const malformed = (what: string): MillraceError => new MillraceError('ENDPOINT_PROTOCOL', what)

/** Reads protobuf whose writer is not trusted. */
export class WireReader {
  readonly bytes: Uint8Array
  position = 0
  private readonly buffer: ArrayBufferLike
  private readonly offset: number
  /** Counted against the bound; set it to 0 for the next message of its own. */
  elements = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.buffer = bytes.buffer
    this.offset = bytes.byteOffset
  }

  /** Reads a key, a length or a uint64, which beyond 2^53 is not exact. */
  varint(): number {
    const byte = this.bytes[this.position]
    if (byte === undefined || byte >= 0x80) return this.longVarint()
    this.position++
    return byte
  }

  /** Apart, so that the usual number of one byte is read without a call. */
  private longVarint(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    for (let scale = 0x1000_0000, i = 4; i < 10; i++) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
    throw malformed(`the number before byte ${this.position} takes more than 10 bytes`)
  }

  private byte(): number {
    const byte = this.bytes[this.position++]
    if (byte === undefined) throw malformed(`cut off within a number, after ${this.bytes.length} bytes`)
    return byte
  }

  /** Reads a uint32. */
  uint32(): number {
    const value = this.varint()
    if (value > 0xffffffff) throw malformed(`number out of range before byte ${this.position}: ${value} is no uint32`)
    return value
  }

  /** Reads a uint64 that a double can hold. */
  uint53(): number {
    const value = this.varint()
    if (value > Number.MAX_SAFE_INTEGER) throw malformed(`number out of range before byte ${this.position}: ${value}`)
    return value
  }

  /** Reads a length and answers where what has it ends. */
  endWithin(end: number): number {
    const length = this.varint()
    const at = this.position + length
    if (at > end) throw malformed(`cut off: ${length} bytes wanted at ${this.position}, ${end - this.position} left`)
    return at
  }

  /** Opens a message within a message that ends at `end`. */
  message(end: number): number {
    this.count()
    return this.endWithin(end)
  }

  private count(): void {
    if (++this.elements > elementsMax) throw malformed(`more than ${elementsMax} elements`)
  }

  /** A view of what is read: copy it to keep it. */
  view(end: number): Uint8Array {
    const at = this.endWithin(end)
    const start = this.position
    this.position = at
    // Not subarray(), which takes several times as long, the more so where the bytes are a Buffer.
    return new Uint8Array(this.buffer, this.offset + start, at - start)
  }

  /** A view that counts as an element, for repeated bytes. */
  itemView(end: number): Uint8Array {
    this.count()
    return this.view(end)
  }

  /** Copied, so that it can be kept without what surrounds it. */
  copy(end: number): Uint8Array {
    const at = this.endWithin(end)
    const start = this.position
    this.position = at
    // Not slice(), which is a view where the bytes are a Buffer.
    if (at - start > shortCopy) return new Uint8Array(this.bytes.subarray(start, at))
    const copy = new Uint8Array(at - start)
    for (let i = start; i < at; i++) copy[i - start] = this.bytes[i]!
    return copy
  }

  text(end: number): string {
    const at = this.endWithin(end)
    const start = this.position
    this.position = at
    return shortAscii(this.bytes, start, at) ?? this.decodeText(start, at)
  }

  /** As `text`, for names that come again and again: most are found among the last ones, and nothing is made. */
  name(end: number): string {
    const start = this.position
    const at = this.endWithin(end)
    const from = this.position
    const length = at - from
    const place = (length + (this.bytes[at - 1] ?? 0)) & (names.length - 1)
    const known = names[place]!
    if (known.length === length) {
      let i = 0
      while (i < length && known.charCodeAt(i) === this.bytes[from + i]) i++
      if (i === length) {
        this.position = at
        return known
      }
    }
    this.position = start
    const text = this.text(end)
    // One character a byte: it is ASCII, and comparing codes with bytes is comparing texts.
    if (text.length === length && length <= nameMax) names[place] = text
    return text
  }

  private decodeText(start: number, end: number): string {
    try {
      return strictUtf8.decode(this.bytes.subarray(start, end))
    } catch {
      throw malformed(`text at ${start} is not UTF-8`)
    }
  }

  /** Passes over a field of a later version; `key` is its tag and wire type. */
  pass(key: number, end: number): void {
    const type = key & 7
    if (key >>> 3 === 0) throw malformed(`no field before byte ${this.position}`)
    if (type === 0) this.varint()
    else if (type === 1) this.position += 8
    else if (type === 2) this.position = this.endWithin(end)
    else if (type === 5) this.position += 4
    else throw malformed(`wire type ${type} before byte ${this.position}`)
  }

  /** States that a message ended where its length says. */
  closed(end: number): void {
    if (this.position !== end) throw malformed(`a message that ends at ${end} has a field up to ${this.position}`)
  }
}
