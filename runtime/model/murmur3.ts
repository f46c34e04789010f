// Its results are stored and shared with others, so they can never change.
const utf8 = new TextEncoder()
/**
 * MurmurHash3 (x86, 128 bits, seed 0) of a text as UTF-8: ids that are the same in every retry.
 * Not a protection against people who choose the text.
 */
export const murmur3 = (text: string): string => Array.from(murmur3OfText(text), hex).join('')

const hex = (h: number) => (h >>> 0).toString(16).padStart(8, '0')

/** The four words of the hash, until the next is made. */
export const murmur3OfText = (text: string): Int32Array => {
  const bytes = utf8.encode(text)
  const padded = new Uint8Array((bytes.length + 15) & ~15)
  padded.set(bytes)
  return murmur3OfWords(new DataView(padded.buffer), bytes.length)
}

const hash = new Int32Array(4)
const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by))
const finish = (h: number) => {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
const k1 = 0x239b961b
const k2 = 0xab0e9789
const k3 = 0x38b34ae5
const k4 = 0xa1e38b93
const mix = (word: number, from: number, by: number, to: number) => Math.imul(rotate(Math.imul(word, from), by), to)

/** Of `n` bytes, behind which there are zeros up to a whole block of 16. */
export const murmur3OfWords = (words: DataView, n: number): Int32Array => {
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
  hash[0] = h1
  hash[1] = h2 + h1
  hash[2] = h3 + h1
  hash[3] = h4 + h1
  return hash
}
