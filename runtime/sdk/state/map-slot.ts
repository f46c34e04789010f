import { equalBytes } from '../../model/bytes.ts'
import { MillraceError } from '../../model/errors.ts'
import type { MapPart } from '../../model/invocation.ts'
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

/** What is known of a map whose entries have not all come. */
interface Part {
  /** Keys that have no entry. */
  readonly absent: Set<string>
  /** Keys that have one, which did not come. */
  readonly present: Set<string>
  /** Keys that were written though nobody here knows whether they had an entry. */
  readonly unseen: Map<string, Uint8Array>
}

/** Notes what a message lacks, by encoded keys (see MissingState); none: the whole map. Answers what is to be thrown. */
export type Lack = (keys?: readonly Uint8Array[], keysOnly?: boolean) => Error

const nothingLacks: Lack = () => new Error('a map that is whole lacks nothing')

/**
 * A map, by encoded keys. `touched` is what the message sees other than what is committed. Of a map that came in part the
 * committed entries are those that came, and those that were written since.
 */
export class MapSlot implements Slot {
  private readonly declared: DeclaredState
  private readonly keyType: Type<unknown>
  private readonly lack: Lack
  private committed: Map<string, MapCell>
  private readonly log: Change[] = []
  private cleared = false
  private readonly touched = new Map<string, Entry>()
  private count: number
  /** Undefined: all entries have come. */
  private part: Part | undefined

  constructor(
    declared: DeclaredState,
    keyType: Type<unknown>,
    cells: MapCells | MapPart | undefined,
    lack: Lack = nothingLacks,
  ) {
    this.declared = declared
    this.keyType = keyType
    this.lack = lack
    this.committed = new Map(cells?.entries.map((cell) => [textOf(cell.key), cell]))
    this.count = this.committed.size
    if (cells?.kind !== 'map-part' || cells.count === this.count) return
    this.part = {
      absent: new Set(cells.absent.map(textOf)),
      present: new Set(cells.present.map(textOf)),
      unseen: new Map(),
    }
    this.count = cells.count
  }

  get size(): number {
    const { part } = this
    // Each of these is one more, unless it was there.
    if (part && part.unseen.size > 0 && !this.cleared) throw this.lack([...part.unseen.values()], true)
    return this.count
  }

  private keyBytes(key: unknown): Uint8Array {
    return encodeCell(this.keyType, key, `${this.declared.what} key`)
  }

  private cell(text: string): MapCell | undefined {
    return this.cleared ? undefined : this.committed.get(text)
  }

  /** Whether it may have an entry that did not come. */
  private isUnread(text: string): boolean {
    const { part } = this
    if (part === undefined || this.cleared) return false
    return !this.touched.has(text) && !this.committed.has(text) && !part.absent.has(text)
  }

  /** Whether nobody here knows if it has one. */
  private isUnknown(text: string): boolean {
    return this.isUnread(text) && this.part?.present.has(text) === false
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
    if (known !== undefined) return known.state !== 'deleted'
    // An entry that may be read, and is not known to be absent, is present: callers have asked for what was unknown.
    return this.cell(text) !== undefined || this.isUnread(text)
  }

  get(key: unknown): unknown {
    const bytes = this.keyBytes(key)
    const text = textOf(bytes)
    if (this.isUnread(text)) throw this.lack([bytes])
    return this.entry(text)?.value
  }

  has(key: unknown): boolean {
    const bytes = this.keyBytes(key)
    const text = textOf(bytes)
    // Whoever asks whether it is there mostly wants to read it next.
    if (this.isUnknown(text)) throw this.lack([bytes])
    return this.isSet(text)
  }

  set(key: unknown, value: unknown): void {
    const bytes = this.keyBytes(key)
    const text = textOf(bytes)
    if (this.isUnknown(text)) this.part?.unseen.set(text, bytes)
    else if (!this.isSet(text)) this.count++
    this.touched.set(text, { key: bytes, value, state: 'written', bytes: undefined })
  }

  delete(key: unknown): boolean {
    const bytes = this.keyBytes(key)
    const text = textOf(bytes)
    if (this.isUnknown(text)) throw this.lack([bytes], true)
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
    if (this.part && !this.cleared) throw this.lack()
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
    if (this.cleared) this.applyClear()
    for (const [text, { key, bytes: value, state: how }] of this.touched) {
      const before = committed.get(text)
      if (how === 'deleted') {
        const { part } = this
        const mayBeThere = committed.delete(text) || (part && (part.present.has(text) || part.unseen.has(text)))
        if (mayBeThere) log.push((state) => ({ op: 'remove', state, key }))
        part?.absent.add(text)
      } else if (value !== undefined && value !== before?.value) {
        committed.set(text, { key, value })
        log.push((state) => ({ op: 'put', state, key, value }))
      }
    }
    this.touched.clear()
  }

  private applyClear(): void {
    if (this.committed.size > 0 || this.part) this.log.push((state) => ({ op: 'clear', state }))
    this.committed.clear()
    this.part = undefined
    this.cleared = false
  }

  finish(mutations: Mutation[], state: number): void {
    for (const change of this.log) mutations.push(change(state))
  }
}
