import { murmur3 } from '../model/murmur3.ts'
import type { Random } from '../ports/random.ts'

/**
 * Randomness that is the same for the same seed (the generator sfc32). For tests and simulations alone: it can be guessed.
 * Parts of one simulation take seeds of their own, so that one more draw in one of them changes nothing in the others.
 * @example const network = seededRandom(`${seed}/network`)
 */
export const seededRandom = (seed: number | string): Random => {
  const words = murmur3(String(seed)).match(/.{8}/g) ?? []
  let [a = 0, b = 0, c = 0, counter = 1] = words.map((word) => parseInt(word, 16) | 0)
  const word = (): number => {
    const drawn = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + drawn) | 0
    return drawn >>> 0
  }
  for (let i = 0; i < 12; i++) word()
  return {
    next: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53,
    bytes: (length) => Uint8Array.from({ length }, () => word() >>> 24),
  }
}
