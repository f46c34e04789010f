import { utf8Decode, type ByteReader } from '../model/bytes.ts'
import { murmur2 } from '../model/hash.ts'
import { corruptJournal } from './corrupt-journal.ts'
import { kinds, stateKinds } from './journal.ts'

/**
 * An actor as a checkpoint holds it (journal kind 30), looked at without making it: nothing is allocated, so that a million of
 * them are looked through in a fraction of a second. One object serves for one after the other.
 */
export class EncodedActor {
  /** From `at` to `end`, as journal.ts writes it. */
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0
  /** Of its function. */
  ordinal = 0
  idAt = 0
  idEnd = 0
  /** The hash of its id, from which its slot follows. */
  idHash = 0
  states = 0
  stateBytes = 0
  /** When the first of its states is unset by itself; 0: none is. */
  expiresAtMs = 0
  /** It has states and nothing else. Only then is `end` known. */
  isPlain = false
  private readonly ordinals: number[] = []
  private readonly expiries: number[] = []

  get id(): string {
    return utf8Decode(this.bytes.subarray(this.idAt, this.idEnd))
  }

  /** Whether a state is set at `nowMs`: one whose time is over may still have cells. */
  isSet(ordinal: number, nowMs: number): boolean {
    const place = this.ordinals.indexOf(ordinal)
    const expiresAtMs = this.expiries[place] ?? 0
    return place >= 0 && !(expiresAtMs > 0 && expiresAtMs <= nowMs)
  }

  /** Looks at what begins at the reader's place, and leaves it behind that. Throws STORE_CORRUPT for what is no actor. */
  read(reader: ByteReader): void {
    this.bytes = reader.bytes
    this.at = reader.position
    if (reader.u8() !== kinds.actor) throw corruptJournal('something else where an actor is to be')
    this.ordinal = reader.uint()
    const length = reader.uint()
    this.idAt = reader.position
    reader.skip(length)
    this.idEnd = reader.position
    this.checkId()
    this.idHash = murmur2(this.bytes, length, this.idAt)
    this.readStates(reader)
    this.isPlain = reader.u8() === 0 && reader.uint() === 0 && reader.uint() === 0
    this.end = reader.position
  }

  private checkId(): void {
    for (let i = this.idAt; i < this.idEnd; i++) if (this.bytes[i]! > 0x7f) return void this.id
  }

  private readStates(reader: ByteReader): void {
    this.states = reader.uint()
    this.stateBytes = 0
    this.expiresAtMs = 0
    this.ordinals.length = 0
    this.expiries.length = 0
    for (let left = this.states; left > 0; left--) {
      this.ordinals.push(reader.uint())
      const expiresAtMs = reader.uint()
      this.expiries.push(expiresAtMs)
      if (expiresAtMs > 0 && !(this.expiresAtMs > 0 && this.expiresAtMs <= expiresAtMs)) this.expiresAtMs = expiresAtMs
      this.readCells(reader)
    }
  }

  private readCells(reader: ByteReader): void {
    const kind = reader.u8()
    if (kind === stateKinds.value) return this.blobs(reader, 1)
    if (kind === stateKinds.list) {
      reader.uint()
      return this.blobs(reader, reader.uint())
    }
    if (kind === stateKinds.map) return this.blobs(reader, 2 * reader.uint())
    throw corruptJournal(`state kind ${kind}`)
  }

  private blobs(reader: ByteReader, count: number): void {
    for (let left = count; left > 0; left--) {
      const length = reader.uint()
      reader.skip(length)
      this.stateBytes += length
    }
  }
}
