import { ByteReader } from '../model/bytes.ts'

/** A run of entries, one behind the other. */
interface Run {
  readonly begin: number
  end: number
  /** Of all its entries; -1: of several. */
  readonly slot: number
}

/** A piece of memory with entries in it: of an object that was read, or filled here. */
export interface Chunk {
  readonly bytes: Uint8Array
  readonly reader: ByteReader
  readonly runs: readonly Run[]
  /** Bytes of entries that are in use. */
  readonly used: number
  /** No more entries will be put into it. */
  readonly isFull: boolean
}

type OwnChunk = { -readonly [K in keyof Chunk]: Chunk[K] } & { readonly runs: Run[] }

/** Memory that is filled here is taken by so much. */
const chunkBytes = 1 << 20

/** Entries in large pieces of memory, which are given up as a whole. */
export class Chunks {
  private readonly all: (OwnChunk | undefined)[] = []
  private readonly free: number[] = []
  private adopted = -1
  private filling = -1
  private filled = 0

  get(number: number): Chunk {
    return this.all[number]!
  }

  /** The pieces as they are at each moment, by number. */
  *entries(): Generator<readonly [number, Chunk]> {
    for (const [number, chunk] of this.all.entries()) if (chunk) yield [number, chunk]
  }

  /** Makes a buffer that nobody will change one of the pieces; call again for each entry in it, one buffer after the other. */
  adopt(buffer: ArrayBufferLike): number {
    const current = this.all[this.adopted]
    if (current?.bytes.buffer === buffer) return this.adopted
    this.endAdopting()
    return (this.adopted = this.add(new Uint8Array(buffer)))
  }

  endAdopting(): void {
    this.end(this.adopted)
    this.adopted = -1
  }

  /** Puts a copy of an entry somewhere. */
  copy(bytes: Uint8Array, begin: number, end: number): { readonly number: number; readonly offset: number } {
    const length = end - begin
    if (this.filling < 0 || this.filled + length > this.get(this.filling).bytes.length) {
      this.end(this.filling)
      this.filling = this.add(new Uint8Array(Math.max(chunkBytes, length)))
      this.filled = 0
    }
    const offset = this.filled
    this.get(this.filling).bytes.set(bytes.subarray(begin, end), offset)
    this.filled += length
    return { number: this.filling, offset }
  }

  /** An entry is in use from now on. */
  use(number: number, offset: number, length: number, slot: number): void {
    const chunk = this.all[number]!
    const run = chunk.runs.at(-1)
    if (run?.end === offset && run.slot === slot) run.end += length
    else chunk.runs.push({ begin: offset, end: offset + length, slot })
    chunk.used += length
  }

  /** An entry is not in use any more. */
  leave(number: number, length: number): void {
    const chunk = this.all[number]!
    chunk.used -= length
    this.drop(number, chunk)
  }

  private add(bytes: Uint8Array): number {
    const number = this.free.pop() ?? this.all.length
    this.all[number] = { bytes, reader: new ByteReader(bytes), runs: [], used: 0, isFull: false }
    return number
  }

  private end(number: number): void {
    const chunk = this.all[number]
    if (!chunk) return
    chunk.isFull = true
    this.drop(number, chunk)
  }

  private drop(number: number, { isFull, used }: Chunk): void {
    if (!isFull || used > 0) return
    this.all[number] = undefined
    this.free.push(number)
  }
}
