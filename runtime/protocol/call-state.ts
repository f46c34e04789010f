import { noBytes } from '../model/bytes.ts'
import type { CallCells, CallState, MapPart } from '../model/invocation.ts'
import type { ListCells, MapCell, MapCells } from '../model/state-cells.ts'
import { malformed, type WireReader } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

// message State { uint32 state = 1; oneof cells { bytes value = 2; List list = 3; Map map = 4; MapPart map_part = 5; } }
// message List { uint64 head = 1; repeated bytes items = 2; }
// message Map { repeated MapEntry entries = 1; }
// message MapEntry { bytes key = 1; bytes value = 2; }
// message MapPart { uint64 count = 1; repeated MapEntry entries = 2; repeated bytes absent = 3; repeated bytes present = 4; }

export const writeState = (writer: WireWriter, key: number, { state, cells }: CallState): void => {
  if (cells.kind === 'value') return writeValue(writer, key, state, cells.value)
  const start = writer.begin(key)
  if (state !== 0) writer.uintField(0x08, state)
  if (cells.kind === 'map-part') writePart(writer, 0x2a, cells)
  else {
    const inner = writer.begin(cells.kind === 'list' ? 0x1a : 0x22)
    if (cells.kind === 'list') {
      if (cells.head !== 0) writer.uintField(0x08, cells.head)
      for (const item of cells.items) writer.blobField(0x12, item)
    } else for (const entry of cells.entries) writeEntry(writer, 0x0a, entry)
    writer.end(inner)
  }
  writer.end(start)
}

const writePart = (writer: WireWriter, key: number, { count, entries, absent, present }: MapPart): void => {
  const start = writer.begin(key)
  if (count !== 0) writer.uintField(0x08, count)
  for (const entry of entries) writeEntry(writer, 0x12, entry)
  for (const missing of absent) writer.blobField(0x1a, missing)
  for (const there of present) writer.blobField(0x22, there)
  writer.end(start)
}

/** A state that is a single value, without cells for it. */
export const writeValue = (writer: WireWriter, key: number, state: number, value: Uint8Array): void => {
  const start = writer.begin(key)
  if (state !== 0) writer.uintField(0x08, state)
  writer.blobField(0x12, value)
  writer.end(start)
}

export const writeEntry = (writer: WireWriter, key: number, entry: MapCell): void => {
  const start = writer.begin(key)
  writer.blobField(0x0a, entry.key)
  writer.blobField(0x12, entry.value)
  writer.end(start)
}

export const readState = (reader: WireReader, within: number): CallState => {
  const end = reader.message(within)
  let state = 0
  let cells: CallCells | undefined
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x08) state = reader.uint32()
    else if (key === 0x12) cells = { kind: 'value', value: reader.view(end) }
    else if (key === 0x1a) cells = readList(reader, end)
    else if (key === 0x22) cells = readMap(reader, end)
    else if (key === 0x2a) cells = readPart(reader, end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  if (cells === undefined) throw malformed(`state ${state} has no cells`)
  return { state, cells }
}

const readList = (reader: WireReader, within: number): ListCells => {
  const end = reader.message(within)
  let head = 0
  const items: Uint8Array[] = []
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x12) items.push(reader.itemView(end))
    else if (key === 0x08) head = reader.uint53()
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { kind: 'list', head, items }
}

const readMap = (reader: WireReader, within: number): MapCells => {
  const end = reader.message(within)
  const entries: MapCell[] = []
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x0a) entries.push(readEntry(reader, end))
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { kind: 'map', entries }
}

const readPart = (reader: WireReader, within: number): MapPart => {
  const end = reader.message(within)
  let count = 0
  const entries: MapCell[] = []
  const absent: Uint8Array[] = []
  const present: Uint8Array[] = []
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x12) entries.push(readEntry(reader, end))
    else if (key === 0x1a) absent.push(reader.itemView(end))
    else if (key === 0x22) present.push(reader.itemView(end))
    else if (key === 0x08) count = reader.uint53()
    else reader.pass(key, end)
  }
  reader.closed(end)
  if (count < entries.length) throw malformed(`a map of ${count} entries comes with ${entries.length}`)
  return { kind: 'map-part', count, entries, absent, present }
}

export const readEntry = (reader: WireReader, within: number): MapCell => {
  const end = reader.message(within)
  let entryKey: Uint8Array | undefined
  let value: Uint8Array | undefined
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x0a) entryKey = reader.view(end)
    else if (key === 0x12) value = reader.view(end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  // An absent field of proto3 is its default: no bytes.
  return { key: entryKey ?? noBytes, value: value ?? noBytes }
}
