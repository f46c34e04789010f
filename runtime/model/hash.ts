// Kafka's hash, by which keys are spread: it can never change.
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
