import { shortAsciiBytes } from '../model/bytes.ts'

// Up to 64 bytes lie on V8's heap. Memory for more takes ten times as long to get as the bytes take to write, so it is
// shared out in pieces: whoever keeps a piece keeps its slab, which therefore is small.
const onHeapMax = 64
const slabBytes = 4096
const pieceBytesMax = 1024

const encoder = new TextEncoder()
let slab = new Uint8Array(slabBytes)
let used = 0

const reserve = (length: number): void => {
  if (used + length <= slabBytes) return
  slab = new Uint8Array(slabBytes)
  used = 0
}

const taken = (length: number): Uint8Array => {
  const bytes = new Uint8Array(slab.buffer, used, length)
  used += length
  return bytes
}

/** Bytes to be written, which nobody else has or will get; not always in memory of their own. */
export const bytesFor = (length: number): Uint8Array => {
  if (length <= onHeapMax || length > pieceBytesMax) return new Uint8Array(length)
  reserve(length)
  return taken(length)
}

/** A copy of bytes, in memory as `bytesFor` gives. */
export const encodedCopy = (bytes: Uint8Array): Uint8Array => {
  const copy = bytesFor(bytes.length)
  copy.set(bytes)
  return copy
}

/** A text as UTF-8, in memory as `bytesFor` gives. */
export const encodedText = (text: string): Uint8Array => {
  const short = shortAsciiBytes(text)
  if (short !== undefined) return short
  // No character takes more than three bytes.
  if (text.length > pieceBytesMax / 3) return encoder.encode(text)
  reserve(3 * text.length)
  return taken(encoder.encodeInto(text, new Uint8Array(slab.buffer, used)).written)
}
