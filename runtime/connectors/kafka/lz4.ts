import { MillraceError } from '../../model/errors.ts'

// LZ4 frames. Checksums inside the frame are passed over: the batch around it has one that is checked.
const magic = 0x184d2204

const corrupt = (what: string): never => {
  throw new MillraceError('LOG_CORRUPT', `lz4: ${what}`)
}

/** What is unpacked so far; blocks may refer back to earlier ones. Grows up to `bytesMax`. */
class Output {
  bytes: Uint8Array
  length = 0
  private readonly bytesMax: number

  constructor(expected: number, bytesMax: number) {
    this.bytesMax = bytesMax
    this.bytes = new Uint8Array(Math.min(expected, bytesMax))
  }

  reserve(more: number): void {
    const need = this.length + more
    if (need > this.bytesMax) corrupt(`more than ${this.bytesMax} bytes unpacked`)
    if (need <= this.bytes.length) return
    const grown = new Uint8Array(Math.min(this.bytesMax, Math.max(need, this.bytes.length * 2)))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  literal(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.length) corrupt('a copy from before the beginning')
    this.reserve(length)
    const { bytes } = this
    const to = this.length
    if (distance >= length) bytes.copyWithin(to, to - distance, to - distance + length)
    else for (let i = 0; i < length; i++) bytes[to + i] = bytes[to - distance + i]!
    this.length = to + length
  }
}

const unpackBlock = (block: Uint8Array, out: Output): void => {
  let at = 0
  const end = block.length
  const more = (length: number): number => {
    if (length < 15) return length
    for (;;) {
      if (at >= end) corrupt('a length is cut off')
      const byte = block[at++]!
      length += byte
      if (byte < 255) return length
    }
  }
  while (at < end) {
    const token = block[at++]!
    const literal = more(token >>> 4)
    if (literal > end - at) corrupt('a literal is cut off')
    out.literal(block.subarray(at, at + literal))
    at += literal
    // The last sequence of a block is literals alone.
    if (at >= end) return
    if (end - at < 2) corrupt('a copy is cut off')
    const distance = block[at]! | (block[at + 1]! << 8)
    at += 2
    out.repeat(distance, more(token & 15) + 4)
  }
}

/** Unpacks the frames in `packed`, up to `bytesMax`. Throws a MillraceError LOG_CORRUPT. */
export const unpackLz4 = (packed: Buffer, bytesMax: number): Uint8Array => {
  const out = new Output(packed.length * 3, bytesMax)
  let at = 0
  while (at < packed.length) at = unpackFrame(packed, at, out)
  return out.bytes.subarray(0, out.length)
}

const unpackFrame = (packed: Buffer, start: number, out: Output): number => {
  if (packed.length - start < 7 || packed.readUInt32LE(start) !== magic) corrupt('not a frame')
  const flags = packed[start + 4]!
  if (flags >>> 6 !== 1) corrupt(`frame version ${flags >>> 6}`)
  const blockChecksum = (flags & 0x10) !== 0 ? 4 : 0
  const contentChecksum = (flags & 4) !== 0 ? 4 : 0
  // Flags and block size, the content's size, a dictionary's id, the header's own checksum.
  let at = start + 6 + ((flags & 8) !== 0 ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0) + 1
  for (;;) {
    if (packed.length - at < 4) corrupt('a block is cut off')
    const size = packed.readUInt32LE(at)
    at += 4
    if (size === 0) return at + contentChecksum
    const length = size & 0x7fff_ffff
    if (length > packed.length - at) corrupt('a block is cut off')
    const block = packed.subarray(at, at + length)
    if (size >= 0x8000_0000) out.literal(block)
    else unpackBlock(block, out)
    at += length + blockChecksum
  }
}
