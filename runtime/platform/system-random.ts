import { randomFillSync } from 'node:crypto'
import type { Random } from '../ports/random.ts'

/** Randomness that nobody can guess: ids and nonces of production come from here. */
export const systemRandom: Random = {
  next: () => {
    const [high = 0, low = 0] = randomFillSync(new Uint32Array(2))
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53
  },
  bytes: (length) => randomFillSync(new Uint8Array(length)),
}
