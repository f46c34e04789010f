import type { ByteReader } from '../model/bytes.ts'
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

/** The cells of a state, as `blob` gives them: views into what is read unless it copies. */
export const readCells = (reader: ByteReader, blob: () => Uint8Array = () => reader.blob()): StateCells => {
  const kind = stateKindOf(reader.u8())
  if (kind === 'value') return { kind, value: blob() }
  if (kind === 'list') return { kind, head: reader.uint(), items: Array.from({ length: readCount(reader) }, blob) }
  const entry = (): MapCell => ({ key: blob(), value: blob() })
  return { kind, entries: Array.from({ length: readCount(reader) }, entry) }
}

/** Loads all states of an actor that stand where the reader is, as `blob` gives their bytes. */
export const readStates = (reader: ByteReader, actor: Actor, blob?: () => Uint8Array): void => {
  for (let left = readCount(reader); left > 0; left--) {
    const ordinal = reader.uint()
    const expiresAtMs = reader.uint()
    actor.load(ordinal, readCells(reader, blob), expiresAtMs)
  }
}
