/** Filled to so much at most: beyond, a search for what is not there gets long. */
const fullest = 0.75
const growth = 1.5
const least = 64

/** Each place takes three numbers: the hash, the chunk (from 1 on; 0: free), the offset in it. */
const width = 3

/**
 * Where the actors at rest stand, by hash: a table of numbers, since millions of objects are what a garbage collector is slow
 * with. Open addressing with linear probing; a place is found by the order of the hashes, so that growing walks through memory
 * from its beginning to its end. What has this hash is for the caller to compare.
 */
export class PlaceIndex {
  size = 0
  private capacity = 0
  private words = new Uint32Array(0)

  /** The first place with this hash; -1: there is none. */
  first(hash: number): number {
    return this.size === 0 ? -1 : this.search(this.home(hash), hash)
  }

  /** The next after `place`, which has this hash too. */
  next(place: number, hash: number): number {
    return this.search(this.after(place), hash)
  }

  chunk(place: number): number {
    return this.words[place * width + 1]! - 1
  }

  offset(place: number): number {
    return this.words[place * width + 2]!
  }

  move(place: number, chunk: number, offset: number): void {
    this.words[place * width + 1] = chunk + 1
    this.words[place * width + 2] = offset
  }

  /** Without looking whether it is there already. */
  add(hash: number, chunk: number, offset: number): void {
    if (++this.size > this.capacity * fullest) this.grow()
    this.insert(hash, chunk + 1, offset)
  }

  remove(place: number): void {
    const { words } = this
    let free = place
    for (let at = this.after(free); words[at * width + 1] !== 0; at = this.after(at)) {
      // Whatever stands further from its home than the free place is moves there: no search may end too early.
      const home = this.home(words[at * width]!)
      const isBetween = free <= at ? free < home && home <= at : free < home || home <= at
      if (isBetween) continue
      words.copyWithin(free * width, at * width, (at + 1) * width)
      free = at
    }
    words[free * width + 1] = 0
    this.size--
  }

  private search(from: number, hash: number): number {
    const { words } = this
    for (let at = from; words[at * width + 1] !== 0; at = this.after(at)) if (words[at * width] === hash) return at
    return -1
  }

  private insert(hash: number, chunk: number, offset: number): void {
    const { words } = this
    let at = this.home(hash)
    while (words[at * width + 1] !== 0) at = this.after(at)
    words[at * width] = hash
    words[at * width + 1] = chunk
    words[at * width + 2] = offset
  }

  /** The highest bits have chosen this index among others; see resting-actors.ts. */
  private home(hash: number): number {
    return Math.floor((((hash << indexBits) >>> 0) / 0x1_0000_0000) * this.capacity)
  }

  private after(place: number): number {
    return place + 1 === this.capacity ? 0 : place + 1
  }

  private grow(): void {
    const before = this.words
    this.capacity = Math.max(least, Math.ceil(this.capacity * growth))
    this.words = new Uint32Array(this.capacity * width)
    for (let at = 0; at < before.length; at += width)
      if (before[at + 1] !== 0) this.insert(before[at]!, before[at + 1]!, before[at + 2]!)
  }
}

/** A hash of 32 bits belongs to one of so many indexes by its highest bits: they grow one by one, none for long. */
export const indexBits = 6
export const indexOf = (hash: number): number => hash >>> (32 - indexBits)
