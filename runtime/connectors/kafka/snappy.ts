import { MillraceError } from '../../model/errors.ts'

// Snappy as Kafka has it: raw blocks (librdkafka), or blocks in the framing of xerial's Java library (Java's client).
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const xerialHeaderBytes = 16

const corrupt = (what: string): never => {
  throw new MillraceError('LOG_CORRUPT', `snappy: ${what}`)
}

/** The length that a block says it has when unpacked, and where its first element lies. */
const lengthOf = (block: Uint8Array): { length: number; at: number } => {
  let length = 0
  for (let at = 0; at < 5 && at < block.length; at++) {
    const byte = block[at]!
    length += (byte & 127) * 2 ** (7 * at)
    if (byte < 128) return { length, at: at + 1 }
  }
  return corrupt('the length is cut off')
}

/** Copies within `out`; where the ranges overlap what was just written is repeated, so byte by byte. */
const repeat = (out: Uint8Array, to: number, distance: number, length: number): void => {
  if (distance === 0 || distance > to) corrupt('a copy from before the beginning')
  if (length > out.length - to) corrupt('more bytes than announced')
  if (distance >= length) out.copyWithin(to, to - distance, to - distance + length)
  else for (let i = 0; i < length; i++) out[to + i] = out[to - distance + i]!
}

const unpackBlock = (block: Uint8Array, bytesMax: number): Uint8Array => {
  const { length: size, at: start } = lengthOf(block)
  if (size > bytesMax) corrupt(`${size} bytes unpacked, more than ${bytesMax}`)
  // No element yields more than 64 bytes for each two of its own: a larger claim is a lie, told before allocating.
  if (size > block.length * 64) corrupt(`${size} bytes cannot come from ${block.length}`)
  const out = new Uint8Array(size)
  let at = start
  let to = 0
  const end = block.length
  while (at < end) {
    const tag = block[at++]!
    const kind = tag & 3
    if (kind === 0) {
      let length = tag >>> 2
      if (length >= 60) {
        const more = length - 59
        if (more > end - at) corrupt('a literal is cut off')
        length = 0
        for (let i = more - 1; i >= 0; i--) length = length * 256 + block[at + i]!
        at += more
      }
      length++
      if (length > end - at || length > size - to) corrupt('a literal is cut off')
      out.set(block.subarray(at, at + length), to)
      at += length
      to += length
      continue
    }
    const more = kind === 3 ? 4 : kind
    if (more > end - at) corrupt('a copy is cut off')
    const length = kind === 1 ? 4 + ((tag >>> 2) & 7) : (tag >>> 2) + 1
    const low = block[at]!
    const distance =
      kind === 1
        ? ((tag >>> 5) << 8) | low
        : kind === 2
          ? low | (block[at + 1]! << 8)
          : (low | (block[at + 1]! << 8) | (block[at + 2]! << 16) | (block[at + 3]! << 24)) >>> 0
    repeat(out, to, distance, length)
    at += more
    to += length
  }
  if (to !== size) corrupt(`${to} bytes instead of ${size}`)
  return out
}

/** Unpacks either framing, up to `bytesMax`. Throws a MillraceError LOG_CORRUPT. */
export const unpackSnappy = (packed: Buffer, bytesMax: number): Uint8Array => {
  if (packed.length < xerialHeaderBytes || !packed.subarray(0, 8).equals(xerialMagic))
    return unpackBlock(packed, bytesMax)
  const blocks: Uint8Array[] = []
  let left = bytesMax
  for (let at = xerialHeaderBytes; at < packed.length;) {
    const length = at + 4 <= packed.length ? packed.readUInt32BE(at) : Infinity
    if (length > packed.length - at - 4) corrupt('a block is cut off')
    const block = unpackBlock(packed.subarray(at + 4, at + 4 + length), left)
    blocks.push(block)
    left -= block.length
    at += 4 + length
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks)
}
