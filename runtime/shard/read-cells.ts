import { ByteReader } from '../model/bytes.ts'
import type { MapCell, StateCells } from '../model/state-cells.ts'
import type { Actor } from './actor.ts'
import { corruptJournal } from './corrupt-journal.ts'
import { stateKinds } from './journal.ts'

export const stateKindOf = (code: number): 'value' | 'list' | 'map' => {
  if (code === stateKinds.value) return 'value'
  if (code === stateKinds.list) return 'list'
  if (code === stateKinds.map) return 'map'
  throw corruptJournal(`state kind ${code}`)
}

/** A count of things that take a byte or more each, so that a forged one cannot make a large array. */
export const readCount = (reader: ByteReader): number => {
  const count = reader.uint()
  if (count > reader.end - reader.position) throw corruptJournal(`a count of ${count} beyond its end`)
  return count
}

/** From so many on, blobs are copied together: one piece of memory each costs more than what is in them. */
const manyBlobs = 5

/** A reader of the next `count` blobs, or of a copy of them. */
const blobsOf = (reader: ByteReader, count: number, copied: boolean): (() => Uint8Array) => {
  if (!copied) return () => reader.blob()
  if (count < manyBlobs) return () => new Uint8Array(reader.blob())
  const at = reader.position
  for (let left = count; left > 0; left--) reader.skip(reader.uint())
  const copy = new ByteReader(new Uint8Array(reader.bytes.subarray(at, reader.position)))
  return () => copy.blob()
}

/** The cells of a state: copies, or views into what is read. The copies of a list or a map are views into one for all. */
export const readCells = (reader: ByteReader, copied = false): StateCells => {
  const kind = stateKindOf(reader.u8())
  if (kind === 'value') return { kind, value: copied ? new Uint8Array(reader.blob()) : reader.blob() }
  const head = kind === 'list' ? reader.uint() : 0
  const length = readCount(reader)
  const blob = blobsOf(reader, kind === 'list' ? length : 2 * length, copied)
  if (kind === 'list') return { kind, head, items: Array.from({ length }, blob) }
  return { kind, entries: Array.from({ length }, (): MapCell => ({ key: blob(), value: blob() })) }
}

/** Loads all states of an actor that stand where the reader is. */
export const readStates = (reader: ByteReader, actor: Actor, copied = false): void => {
  for (let left = readCount(reader); left > 0; left--) {
    const ordinal = reader.uint()
    const expiresAtMs = reader.uint()
    actor.load(ordinal, readCells(reader, copied), expiresAtMs)
  }
}
