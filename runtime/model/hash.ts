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
const digits = new Uint8Array(32)
const ascii = new TextDecoder('latin1')
const digit = Uint8Array.from('0123456789abcdef', (character) => character.charCodeAt(0))

/** The 128 bits of a hash. It is text, 32 hexadecimal digits, only for those who read it: most are only written somewhere. */
export class Hash128 {
  private readonly a: number
  private readonly b: number
  private readonly c: number
  private readonly d: number

  constructor(a: number, b: number, c: number, d: number) {
    this.a = a
    this.b = b
    this.c = c
    this.d = d
  }

  /** Writes the 32 digits as ASCII. */
  writeTo(bytes: Uint8Array, at: number): void {
    writeHex(this.a, bytes, at)
    writeHex(this.b, bytes, at + 8)
    writeHex(this.c, bytes, at + 16)
    writeHex(this.d, bytes, at + 24)
  }

  toString(): string {
    this.writeTo(digits, 0)
    return ascii.decode(digits)
  }
}

const writeHex = (h: number, bytes: Uint8Array, at: number): void => {
  bytes[at] = digit[h >>> 28]!
  bytes[at + 1] = digit[(h >>> 24) & 15]!
  bytes[at + 2] = digit[(h >>> 20) & 15]!
  bytes[at + 3] = digit[(h >>> 16) & 15]!
  bytes[at + 4] = digit[(h >>> 12) & 15]!
  bytes[at + 5] = digit[(h >>> 8) & 15]!
  bytes[at + 6] = digit[(h >>> 4) & 15]!
  bytes[at + 7] = digit[h & 15]!
}

/** A text that is put together to be hashed, and never made as long as it is short and ASCII, as nearly all are. */
export class HashInput {
  private readonly bytes = new Uint8Array(256)
  private readonly words = new DataView(this.bytes.buffer)
  private length = 0
  /** All of it, where it is not short or not ASCII. */
  private whole: string | undefined

  text(text: string): this {
    const n = text.length
    let i = 0
    if (this.whole === undefined && this.length + n <= this.bytes.length - 16)
      for (; i < n; i++) {
        const code = text.charCodeAt(i)
        if (code > 0x7f) break
        this.bytes[this.length + i] = code
      }
    if (i === n) this.length += n
    else this.whole = (this.whole ?? ascii.decode(this.bytes.subarray(0, this.length))) + text
    return this
  }

  /** A number in decimal digits. */
  number(value: number): this {
    return value >= 0 && value < 10 ? this.text(oneDigit[value]!) : this.text(String(value))
  }

  hash(hash: Hash128): this {
    if (this.whole !== undefined || this.length + 48 > this.bytes.length) return this.text(hash.toString())
    hash.writeTo(this.bytes, this.length)
    this.length += 32
    return this
  }

  /** The hash of what was put in since the last one. */
  murmur3(): Hash128 {
    const { length, whole } = this
    this.length = 0
    this.whole = undefined
    if (whole !== undefined) return murmur3OfLong(whole)
    for (let i = length; (i & 15) !== 0; i++) this.bytes[i] = 0
    return murmur3OfWords(this.words, length)
  }
}

const oneDigit = Array.from('0123456789')
const shared = new HashInput()

/**
 * MurmurHash3 (x86, 128 bits, seed 0) of a text as UTF-8: ids that are the same in every retry.
 * Not a protection against people who choose the text.
 */
export const murmur3 = (text: string): string => shared.text(text).murmur3().toString()

const murmur3OfLong = (text: string): Hash128 => {
  const bytes = utf8.encode(text)
  const padded = new Uint8Array((bytes.length + 15) & ~15)
  padded.set(bytes)
  return murmur3OfWords(new DataView(padded.buffer), bytes.length)
}

const k1 = 0x239b961b
const k2 = 0xab0e9789
const k3 = 0x38b34ae5
const k4 = 0xa1e38b93
const mix = (word: number, from: number, by: number, to: number) => Math.imul(rotate(Math.imul(word, from), by), to)

/** Of `n` bytes, behind which there are zeros up to a whole block of 16. */
const murmur3OfWords = (words: DataView, n: number): Hash128 => {
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  const blocks = n & ~15
  for (let i = 0; i < blocks; i += 16) {
    h1 ^= mix(words.getInt32(i, true), k1, 15, k2)
    h1 = (Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b) | 0
    h2 ^= mix(words.getInt32(i + 4, true), k2, 16, k3)
    h2 = (Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747) | 0
    h3 ^= mix(words.getInt32(i + 8, true), k3, 17, k4)
    h3 = (Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35) | 0
    h4 ^= mix(words.getInt32(i + 12, true), k4, 18, k1)
    h4 = (Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17) | 0
  }
  if (blocks < n) {
    h4 ^= mix(words.getInt32(blocks + 12, true), k4, 18, k1)
    h3 ^= mix(words.getInt32(blocks + 8, true), k3, 17, k4)
    h2 ^= mix(words.getInt32(blocks + 4, true), k2, 16, k3)
    h1 ^= mix(words.getInt32(blocks, true), k1, 15, k2)
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
  return new Hash128(h1, (h2 + h1) | 0, (h3 + h1) | 0, (h4 + h1) | 0)
}
