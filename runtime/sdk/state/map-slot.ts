import { equalBytes } from '../../model/bytes.ts'
import { MillraceError } from '../../model/errors.ts'
import type { MapCell, MapCells, Mutation } from '../../model/state-cells.ts'
import { decodeValue } from '../coding.ts'
import type { DeclaredState } from '../contract.ts'
import { canChangeInPlace, encodeCell, isUnchanged, type Slot } from './slot.ts'
import type { Type } from '../type.ts'

/** An entry that the message read, wrote or deleted. */
interface Entry {
  readonly key: Uint8Array
  value: unknown
  state: 'read' | 'written' | 'deleted'
  bytes: Uint8Array | undefined
}

type Change = (state: number) => Mutation

/** Bytes as a text of one character each: equal and in the same order as the bytes are. */
const textOf = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** A map, by encoded keys. `touched` is what the message sees other than what is committed. */
export class MapSlot implements Slot {
  private readonly declared: DeclaredState
  private readonly keyType: Type<unknown>
  private committed: Map<string, MapCell>
  private readonly log: Change[] = []
  private cleared = false
  private readonly touched = new Map<string, Entry>()
  private count: number

  constructor(declared: DeclaredState, keyType: Type<unknown>, cells: MapCells | undefined) {
    this.declared = declared
    this.keyType = keyType
    this.committed = new Map(cells?.entries.map((cell) => [textOf(cell.key), cell]))
    this.count = this.committed.size
  }

  get size(): number {
    return this.count
  }

  private keyBytes(key: unknown): Uint8Array {
    return encodeCell(this.keyType, key, `${this.declared.what} key`)
  }

  private cell(text: string): MapCell | undefined {
    return this.cleared ? undefined : this.committed.get(text)
  }

  private entry(text: string): Entry | undefined {
    const known = this.touched.get(text)
    if (known !== undefined) return known.state === 'deleted' ? undefined : known
    const cell = this.cell(text)
    if (cell === undefined) return undefined
    const { type, what } = this.declared
    const entry: Entry = { key: cell.key, value: decodeValue(type, cell.value, what), state: 'read', bytes: undefined }
    this.touched.set(text, entry)
    return entry
  }

  private isSet(text: string): boolean {
    const known = this.touched.get(text)
    return known === undefined ? this.cell(text) !== undefined : known.state !== 'deleted'
  }

  get(key: unknown): unknown {
    return this.entry(textOf(this.keyBytes(key)))?.value
  }

  has(key: unknown): boolean {
    return this.isSet(textOf(this.keyBytes(key)))
  }

  set(key: unknown, value: unknown): void {
    const bytes = this.keyBytes(key)
    const text = textOf(bytes)
    if (!this.isSet(text)) this.count++
    this.touched.set(text, { key: bytes, value, state: 'written', bytes: undefined })
  }

  delete(key: unknown): boolean {
    const bytes = this.keyBytes(key)
    const text = textOf(bytes)
    if (!this.isSet(text)) return false
    this.count--
    this.touched.set(text, { key: bytes, value: undefined, state: 'deleted', bytes: undefined })
    return true
  }

  clear(): void {
    this.cleared = true
    this.touched.clear()
    this.count = 0
  }

  /** The keys that are set now, in the order of their bytes. Those deleted meanwhile are passed over. */
  *keys(): Generator<unknown> {
    for (const [key] of this.ordered()) yield decodeValue(this.keyType, key, `${this.declared.what} key`)
  }

  *entries(): Generator<[unknown, unknown]> {
    for (const [key, text] of this.ordered()) {
      const entry = this.entry(text)
      if (entry !== undefined) yield [decodeValue(this.keyType, key, `${this.declared.what} key`), entry.value]
    }
  }

  private *ordered(): Generator<[Uint8Array, string]> {
    const texts = new Set(this.touched.keys())
    if (!this.cleared) for (const text of this.committed.keys()) texts.add(text)
    for (const text of [...texts].sort((a, b) => (a < b ? -1 : 1))) {
      const key = this.touched.get(text)?.key ?? this.committed.get(text)?.key
      if (key !== undefined && this.isSet(text)) yield [key, text]
    }
  }

  prepare(): number {
    const { type, what, expiry } = this.declared
    let size = this.cleared ? 8 : 0
    for (const [text, entry] of this.touched) {
      const before = this.cell(text)?.value
      entry.bytes = before
      if (entry.state === 'deleted') size += entry.key.length + 8
      if (entry.state === 'deleted' || (entry.state === 'read' && !canChangeInPlace(entry.value))) continue
      if (entry.value === undefined)
        throw new MillraceError('VALUE_INVALID', `${what}: an entry cannot be undefined; delete its key`)
      const bytes = encodeCell(type, entry.value, what)
      if (before !== undefined) {
        if (entry.state === 'read' && isUnchanged(this.declared, bytes, before)) continue
        if (entry.state === 'written' && expiry?.since !== 'write' && equalBytes(bytes, before)) continue
      }
      entry.bytes = bytes
      size += entry.key.length + bytes.length + 8
    }
    return size
  }

  apply(): void {
    const { log, committed } = this
    if (this.cleared && committed.size > 0) log.push((state) => ({ op: 'clear', state }))
    if (this.cleared) committed.clear()
    for (const [text, { key, bytes: value, state: how }] of this.touched) {
      const before = committed.get(text)
      if (how === 'deleted') {
        if (committed.delete(text)) log.push((state) => ({ op: 'remove', state, key }))
      } else if (value !== undefined && value !== before?.value) {
        committed.set(text, { key, value })
        log.push((state) => ({ op: 'put', state, key, value }))
      }
    }
    this.cleared = false
    this.touched.clear()
  }

  finish(mutations: Mutation[], state: number): void {
    for (const change of this.log) mutations.push(change(state))
  }
}
