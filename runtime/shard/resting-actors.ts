import { ByteReader, noBytes, utf8Decode, utf8Encode } from '../model/bytes.ts'
import { murmur2 } from '../model/hash.ts'
import { Actor, type ActorTable } from './actor.ts'
import { Chunks, type Chunk } from './chunks.ts'
import { EncodedActor } from './encoded-actor.ts'
import { indexOf, PlaceIndex } from './place-index.ts'
import { readStates } from './read-cells.ts'

const shortIds = 128
/** What an actor ends with that has no stop, no delayed and no open messages, in bytes. */
const plainEnd = 3
/** Of memory in which they stand as they come. */
const manySlots = -1

/** Of an address, whose id has this hash. */
const hashOf = (idHash: number, ordinal: number): number => (idHash ^ Math.imul(ordinal, 0x9e3779b1)) >>> 0

/**
 * Actors that have states and nothing else, as bytes: an object each would take five times the memory, and most of the time of
 * a start. What was read of a checkpoint stays as it is, and an index says where each actor stands in it; `take` makes the
 * object when somebody asks for it, and forgets the bytes. Memory of which less than half is in use is given up by `tidy`.
 */
export class RestingActors {
  private readonly indexes: PlaceIndex[] = []
  private readonly chunks = new Chunks()
  private readonly old = new EncodedActor()
  /** The id that is looked for. */
  private id: Uint8Array = noBytes
  private idAt = 0
  private idLength = 0
  private readonly short = new Uint8Array(shortIds)

  /** Takes an actor as it stands in a slot's journal that nobody will change, in place of what was known of it. */
  keep(table: ActorTable, encoded: EncodedActor, slot: number): void {
    this.forget(table, encoded)
    const { buffer, byteOffset } = encoded.bytes
    this.insert(table, encoded, this.chunks.adopt(buffer), byteOffset + encoded.at, slot)
  }

  /** Takes a copy of an actor that is not here. */
  add(table: ActorTable, encoded: EncodedActor): void {
    const { number, offset } = this.chunks.copy(encoded.bytes, encoded.at, encoded.end)
    this.insert(table, encoded, number, offset, manySlots)
  }

  /** Forgets an actor, if it is here. */
  forget(table: ActorTable, { bytes, idAt, idEnd, idHash }: EncodedActor): void {
    if (table.resting === 0) return
    this.id = bytes
    this.idAt = idAt
    this.idLength = idEnd - idAt
    const hash = hashOf(idHash, table.ordinal)
    const place = this.find(table.ordinal, hash)
    if (place >= 0) this.release(table, hash, place)
  }

  /** Makes an actor of its bytes, which are forgotten. Undefined where it is not here. */
  take(table: ActorTable, id: string): Actor | undefined {
    const hash = hashOf(this.lookFor(id), table.ordinal)
    const place = this.find(table.ordinal, hash)
    // As bytes, an id that is no text is like another one.
    if (place < 0 || (this.id !== this.short && utf8Decode(this.id) !== id)) return undefined
    const index = this.indexes[indexOf(hash)]!
    const number = index.chunk(place)
    const { reader } = this.chunks.get(number)
    const at = (reader.position = index.offset(place))
    const { stateBytes } = table
    const actor = new Actor(table, id)
    skipAddress(reader)
    // Copied: a view would keep all the memory that others have left.
    readStates(reader, actor, true)
    reader.skip(plainEnd)
    table.stateBytes = stateBytes
    table.resting--
    index.remove(place)
    this.chunks.leave(number, reader.position - at)
    return actor
  }

  /**
   * All that are here, of all functions or of one; without many that are in none of the slots, if slots are named. What is
   * answered is the same object each time.
   */
  *encoded(of?: ActorTable, slots?: ReadonlySet<number>): Generator<EncodedActor> {
    for (const [number, chunk] of this.chunks.entries()) yield* this.inChunk(number, chunk, of, slots)
  }

  /** A copy of an actor that is here, which is not known to anybody. */
  peek(table: ActorTable, encoded: EncodedActor): Actor {
    const { stateBytes } = table
    const actor = new Actor(table, encoded.id)
    const reader = new ByteReader(encoded.bytes, encoded.at)
    skipAddress(reader)
    readStates(reader, actor)
    table.stateBytes = stateBytes
    return actor
  }

  /** All that is to be kept is. */
  loaded(): void {
    this.chunks.endAdopting()
    for (const _ of this.tidy());
  }

  /** Gives up memory of which little is in use, a piece at each step. */
  *tidy(): Generator<void> {
    for (const [number, chunk] of this.chunks.entries()) {
      if (!chunk.isFull || chunk.used * 2 >= chunk.bytes.length) continue
      for (const encoded of this.inChunk(number, chunk)) {
        const hash = hashOf(encoded.idHash, encoded.ordinal)
        const place = this.placeOf(hash, number, encoded.at)
        const length = encoded.end - encoded.at
        const to = this.chunks.copy(encoded.bytes, encoded.at, encoded.end)
        this.indexes[indexOf(hash)]!.move(place, to.number, to.offset)
        this.chunks.use(to.number, to.offset, length, manySlots)
        this.chunks.leave(number, length)
      }
      yield
    }
  }

  private *inChunk(
    number: number,
    { bytes, runs }: Chunk,
    of?: ActorTable,
    slots?: ReadonlySet<number>,
  ): Generator<EncodedActor> {
    const reader = new ByteReader(bytes)
    const encoded = new EncodedActor()
    for (const run of runs) {
      if (slots && run.slot !== manySlots && !slots.has(run.slot)) continue
      reader.position = run.begin
      while (reader.position < run.end) {
        encoded.read(reader)
        if (of && encoded.ordinal !== of.ordinal) continue
        if (this.placeOf(hashOf(encoded.idHash, encoded.ordinal), number, encoded.at) >= 0) yield encoded
      }
    }
  }

  private lookFor(id: string): number {
    const { short } = this
    const n = id.length
    let at = 0
    if (n <= shortIds)
      for (; at < n; at++) {
        const code = id.charCodeAt(at)
        if (code > 0x7f) break
        short[at] = code
      }
    const isShort = at === n
    this.id = isShort ? short : utf8Encode(id)
    this.idAt = 0
    this.idLength = isShort ? n : this.id.length
    return murmur2(this.id, this.idLength)
  }

  /** The place of the id that is looked for. */
  private find(ordinal: number, hash: number): number {
    const index = this.indexes[indexOf(hash)]
    if (!index) return -1
    for (let place = index.first(hash); place >= 0; place = index.next(place, hash)) {
      const { bytes, reader } = this.chunks.get(index.chunk(place))
      reader.position = index.offset(place) + 1
      if (reader.uint() === ordinal && reader.uint() === this.idLength && this.isAt(bytes, reader.position))
        return place
    }
    return -1
  }

  private isAt(bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < this.idLength; i++) if (bytes[at + i] !== this.id[this.idAt + i]) return false
    return true
  }

  /** The place that points there; -1: what stands there is not in use any more. */
  private placeOf(hash: number, chunk: number, offset: number): number {
    const index = this.indexes[indexOf(hash)]
    if (!index) return -1
    for (let place = index.first(hash); place >= 0; place = index.next(place, hash))
      if (index.offset(place) === offset && index.chunk(place) === chunk) return place
    return -1
  }

  private insert(table: ActorTable, encoded: EncodedActor, chunk: number, offset: number, slot: number): void {
    this.chunks.use(chunk, offset, encoded.end - encoded.at, slot)
    const hash = hashOf(encoded.idHash, encoded.ordinal)
    const index = (this.indexes[indexOf(hash)] ??= new PlaceIndex())
    index.add(hash, chunk, offset)
    table.resting++
    table.stateBytes += encoded.stateBytes
  }

  private release(table: ActorTable, hash: number, place: number): void {
    const { old } = this
    const index = this.indexes[indexOf(hash)]!
    const number = index.chunk(place)
    const { reader } = this.chunks.get(number)
    reader.position = index.offset(place)
    old.read(reader)
    index.remove(place)
    this.chunks.leave(number, old.end - old.at)
    table.resting--
    table.stateBytes -= old.stateBytes
  }
}

/** An actor's bytes begin with its kind, its function and its id. */
const skipAddress = (reader: ByteReader): void => {
  reader.u8()
  reader.uint()
  reader.skip(reader.uint())
}
