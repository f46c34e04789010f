/** What an index knows an actor by. */
export interface WithId {
  readonly id: string
}

const least = 16
/** Of 32 bits each: the hash of the id, and the actor's place, from 1 on; 0: free. */
const width = 2

// Ids come from outside, so nobody may know which of them collide. Nothing that can be seen follows from these numbers: the
// order of the actors is that of their places.
const [seed = 0, random = 0] = crypto.getRandomValues(new Int32Array(2))
const factor = random | 1

const mixed = (hash: number): number => {
  const half = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return half ^ (half >>> 13)
}

const hashOfId = (id: string): number => {
  let hash = seed ^ id.length
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), factor)
  return mixed(hash)
}

/** The same of an id's bytes, where they are ASCII. */
const hashOfBytes = (bytes: Uint8Array): number => {
  let hash = seed ^ bytes.length
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, factor)
  return mixed(hash)
}

/** Whether bytes are an id, which is ASCII. */
const areId = (bytes: Uint8Array, id: string): boolean => {
  if (id.length !== bytes.length) return false
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 0x7f || bytes[i] !== id.charCodeAt(i)) return false
  return true
}

/**
 * Actors by id, and by the bytes of it: a record's key finds its actor without a text being made of it. A table of numbers
 * (open addressing, linear probing) holds hashes and places, so that a look at one actor decides nearly every search.
 */
export class ActorIndex<A extends WithId> {
  size = 0
  /** By place; what has gone leaves a hole for who comes next. */
  private readonly actors: (A | undefined)[] = []
  private readonly holes: number[] = []
  private table = new Int32Array(least * width)

  get(id: string): A | undefined {
    const at = this.search(hashOfId(id), id)
    return at < 0 ? undefined : this.at(at)
  }

  /** The actor whose id has these bytes. Undefined where there is none, and where they are not all ASCII. */
  withBytes(bytes: Uint8Array): A | undefined {
    const hash = hashOfBytes(bytes)
    for (let at = this.home(hash); this.table[at + 1] !== 0; at = this.after(at)) {
      if (this.table[at] !== hash) continue
      const actor = this.at(at)!
      if (areId(bytes, actor.id)) return actor
    }
    return undefined
  }

  /** Adds one that is not here. */
  add(actor: A): void {
    if (2 * ++this.size * width > this.table.length) this.grow()
    const place = this.holes.pop() ?? this.actors.length
    this.actors[place] = actor
    this.insert(hashOfId(actor.id), place + 1)
  }

  delete(id: string): void {
    let free = this.search(hashOfId(id), id)
    if (free < 0) return
    const { table } = this
    const place = table[free + 1]! - 1
    this.actors[place] = undefined
    this.holes.push(place)
    for (let at = this.after(free); table[at + 1] !== 0; at = this.after(at)) {
      // Whatever stands further from its home than the free entry is moves there: no search may end too early.
      const home = this.home(table[at]!)
      const isBetween = free <= at ? free < home && home <= at : free < home || home <= at
      if (isBetween) continue
      table[free] = table[at]!
      table[free + 1] = table[at + 1]!
      free = at
    }
    table[free + 1] = 0
    this.size--
  }

  /** All that are here; of those that come or go meanwhile, some. */
  *values(): Generator<A> {
    const { actors } = this
    for (let place = 0; place < actors.length; place++) {
      const actor = actors[place]
      if (actor) yield actor
    }
  }

  private at(at: number): A | undefined {
    return this.actors[this.table[at + 1]! - 1]
  }

  private search(hash: number, id: string): number {
    const { table } = this
    for (let at = this.home(hash); table[at + 1] !== 0; at = this.after(at))
      if (table[at] === hash && this.at(at)!.id === id) return at
    return -1
  }

  private insert(hash: number, place: number): void {
    const { table } = this
    let at = this.home(hash)
    while (table[at + 1] !== 0) at = this.after(at)
    table[at] = hash
    table[at + 1] = place
  }

  private home(hash: number): number {
    return (hash * width) & (this.table.length - 1)
  }

  private after(at: number): number {
    return (at + width) & (this.table.length - 1)
  }

  private grow(): void {
    const before = this.table
    this.table = new Int32Array(2 * before.length)
    for (let at = 0; at < before.length; at += width)
      if (before[at + 1] !== 0) this.insert(before[at]!, before[at + 1]!)
  }
}
