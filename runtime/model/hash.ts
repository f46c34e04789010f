// Two hashes whose results are stored or shared with others, so they can never change.
const utf8 = new TextEncoder()

/** Java's murmur2 as Kafka's default partitioner computes it, of `n` bytes from `at` on: a signed 32-bit integer. */
export const murmur2 = (bytes: Uint8Array, n: number = bytes.length, at = 0): number => {
  const m = 0x5bd1e995
  let h = 0x9747b28c ^ n
  const whole = at + (n & ~3)
  for (let i = at; i < whole; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    h = Math.imul(h, m) ^ Math.imul(k, m)
  }
  const rest = n & 3
  if (rest === 3) h ^= bytes[whole + 2]! << 16
  if (rest >= 2) h ^= bytes[whole + 1]! << 8
  if (rest >= 1) h = Math.imul(h ^ bytes[whole]!, m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  return h ^ (h >>> 15)
}

const short = new Uint8Array(128)

/** `murmur2` of a text as UTF-8; of the usual id, short and ASCII, without making bytes of it. */
export const murmur2OfText = (text: string): number => {
  const n = text.length
  if (n > short.length) return murmur2(utf8.encode(text))
  for (let i = 0; i < n; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return murmur2(utf8.encode(text))
    short[i] = code
  }
  return murmur2(short, n)
}

const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by))
const finish = (h: number) => {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
const hex = (h: number) => (h >>> 0).toString(16).padStart(8, '0')

/**
 * MurmurHash3 (x86, 128 bits, seed 0) of a text as 32 hexadecimal digits: ids that are the same in every retry.
 * Not a protection against people who choose the text.
 */
export const murmur3 = (text: string): string => {
  const bytes = utf8.encode(text)
  const c = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const
  const n = bytes.length
  const padded = new Uint8Array((n + 15) & ~15)
  padded.set(bytes)
  const words = new DataView(padded.buffer)
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  const mix = (at: number, from: number, by: number, to: number) =>
    Math.imul(rotate(Math.imul(words.getInt32(at, true), from), by), to)
  const blocks = n & ~15
  for (let i = 0; i < blocks; i += 16) {
    h1 ^= mix(i, c[0], 15, c[1])
    h1 = (Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b) | 0
    h2 ^= mix(i + 4, c[1], 16, c[2])
    h2 = (Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747) | 0
    h3 ^= mix(i + 8, c[2], 17, c[3])
    h3 = (Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35) | 0
    h4 ^= mix(i + 12, c[3], 18, c[0])
    h4 = (Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17) | 0
  }
  if (blocks < n) {
    h4 ^= mix(blocks + 12, c[3], 18, c[0])
    h3 ^= mix(blocks + 8, c[2], 17, c[3])
    h2 ^= mix(blocks + 4, c[1], 16, c[2])
    h1 ^= mix(blocks, c[0], 15, c[1])
  }
  h1 ^= n
  h2 ^= n
  h3 ^= n
  h4 ^= n
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = finish(h1)
  h2 = finish(h2)
  h3 = finish(h3)
  h4 = finish(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  return hex(h1) + hex((h2 + h1) | 0) + hex((h3 + h1) | 0) + hex((h4 + h1) | 0)
}
