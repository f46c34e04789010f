import { PbfReader } from 'pbf'
import { isMillraceError, messageOf, MillraceError } from '../model/errors.ts'

// Unlike pbf's, these reads trust nothing: every length is checked before it is used, numbers are in range, text is UTF-8.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const shortText = 24

/** Messages, headers, items: bounds the memory that few bytes can ask for. */
const elementsMax = 1 << 20

/** What everything that is no valid protobuf of ours is refused with. */
export const malformed = (what: string): MillraceError => new MillraceError('ENDPOINT_PROTOCOL', what)

/** Reads protobuf whose writer is not trusted. */
export class WireReader extends PbfReader {
  /** Counted against the bound; set it to 0 for the next message of its own. */
  elements = 0

  /** Reads a uint32. */
  uint32(): number {
    const value = this.readVarint()
    if (value > 0xffffffff) throw malformed(`number out of range before byte ${this.pos}: ${value} is no uint32`)
    return value
  }

  /** Reads a uint64 that a double can hold. */
  uint53(): number {
    const value = this.readVarint()
    if (value > Number.MAX_SAFE_INTEGER) throw malformed(`number out of range before byte ${this.pos}: ${value}`)
    return value
  }

  /** Reads a length and answers where what has it ends. */
  endWithin(end: number): number {
    const length = this.readVarint()
    const at = this.pos + length
    if (at > end) throw malformed(`cut off: ${length} bytes wanted at ${this.pos}, ${end - this.pos} left`)
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
    const bytes = this.buf.subarray(this.pos, at)
    this.pos = at
    return bytes
  }

  /** A view that counts as an element, for repeated bytes. */
  itemView(end: number): Uint8Array {
    this.count()
    return this.view(end)
  }

  /** Copied, so that it can be kept without what surrounds it. */
  copy(end: number): Uint8Array {
    const at = this.endWithin(end)
    const bytes = this.buf.slice(this.pos, at)
    this.pos = at
    return bytes
  }

  text(end: number): string {
    const at = this.endWithin(end)
    const start = this.pos
    this.pos = at
    if (at - start > shortText) return this.decodeText(start, at)
    let text = ''
    for (let i = start; i < at; i++) {
      const code = this.buf[i]!
      if (code > 0x7f) return this.decodeText(start, at)
      text += String.fromCharCode(code)
    }
    return text
  }

  private decodeText(start: number, end: number): string {
    try {
      return strictUtf8.decode(this.buf.subarray(start, end))
    } catch {
      throw malformed(`text at ${start} is not UTF-8`)
    }
  }

  /** Passes over a field of a later version; `key` is its tag and wire type. */
  pass(key: number, end: number): void {
    const type = key & 7
    if (key >>> 3 === 0) throw malformed(`no field before byte ${this.pos}`)
    if (type === 0) this.readVarint()
    else if (type === 1) this.pos += 8
    else if (type === 2) this.pos = this.endWithin(end)
    else if (type === 5) this.pos += 4
    else throw malformed(`wire type ${type} before byte ${this.pos}`)
  }

  /** States that a message ended where its length says. */
  closed(end: number): void {
    if (this.pos !== end) throw malformed(`a message that ends at ${end} has a field up to ${this.pos}`)
  }
}

/** Runs a decoder from where the reader stands; whatever pbf throws becomes a MillraceError. */
export const decodeWith = <T>(reader: WireReader, end: number, decode: (reader: WireReader, end: number) => T): T => {
  try {
    return decode(reader, end)
  } catch (error) {
    if (isMillraceError(error)) throw error
    throw malformed(`not protobuf at byte ${reader.pos}: ${messageOf(error)}`)
  }
}
