import { utf8Encode } from '../../model/bytes.ts'
import { MillraceError } from '../../model/errors.ts'
import type { Mutation, StateCells } from '../../model/state-cells.ts'
import { parseStateKey } from '../../model/state-key.ts'
import { isBuiltIn, valueFromJson, valueToJson } from '../../protocol/value-json.ts'
import type { StateDeclaration, FunctionTable } from '../../shard/function-table.ts'

const opaqueBytes = 'io.millrace.types/bytes'

/** A state that is written by hand: its value as JSON, in the form that `GET /admin/state` shows; undefined clears it. */
export interface StateEdit {
  readonly state: string
  readonly value: unknown
}

/**
 * The changes that put a state to a value: of a value its JSON, of a list an array, of a map an array of `{key, value}`.
 * Each may be `{"base64": "…"}` or `{"hex": "…"}` instead, the bytes as they are stored. What is kept under an older version
 * is written under that one, which a handler upcasts as ever.
 * @param before what is there now
 * @throws VALUE_INVALID, which names the state
 */
export const editMutations = (
  table: FunctionTable,
  edit: StateEdit,
  before: (ordinal: number) => StateCells | undefined,
): readonly Mutation[] => {
  const state = versionOf(table, edit.state, before)
  const declared = table.states[state]
  if (!declared) {
    const known = [...new Set(table.states.map(({ name }) => parseStateKey(name).name))].join(', ') || 'none'
    throw invalid(`${table.typename} has no state ${edit.state.slice(0, 200)}; it has: ${known}`)
  }
  if (edit.value === undefined) return [{ op: 'clear', state }]
  const written = new WrittenState(`${table.typename}.${declared.name}`, declared, before(state))
  return written.mutations(state, edit.value)
}

/** The version under which it is kept, as people see it; for one that is not set the version of the code of today. */
const versionOf = (
  table: FunctionTable,
  state: string,
  before: (ordinal: number) => StateCells | undefined,
): number => {
  const named = table.states.flatMap(({ name }, ordinal) => (parseStateKey(name).name === state ? [ordinal] : []))
  const kept = named.find((ordinal) => before(ordinal))
  return kept ?? named.findLast((ordinal) => table.successors[ordinal] === undefined) ?? -1
}

const invalid = (message: string): MillraceError => new MillraceError('VALUE_INVALID', message)

class WrittenState {
  private readonly what: string
  private readonly declared: StateDeclaration
  private readonly before: StateCells | undefined

  constructor(what: string, declared: StateDeclaration, before: StateCells | undefined) {
    this.what = what
    this.declared = declared
    this.before = before
  }

  mutations(state: number, value: unknown): readonly Mutation[] {
    const { kind } = this.declared
    if (kind === 'value') return [{ op: 'set', state, value: this.bytes(value) }]
    if (!Array.isArray(value)) throw invalid(`${this.what} is a ${kind}: its value is an array of ${this.items()}`)
    const items: readonly unknown[] = value
    if (kind === 'list')
      return [
        { op: 'clear', state },
        ...items.map((item) => ({ op: 'append' as const, state, value: this.bytes(item) })),
      ]
    return [{ op: 'clear', state }, ...items.map((item) => this.entry(state, item))]
  }

  private items(): string {
    return this.declared.kind === 'list' ? 'its items' : 'objects with key and value'
  }

  private entry(state: number, item: unknown): Mutation {
    if (typeof item !== 'object' || item === null || !('key' in item) || !('value' in item))
      throw invalid(`${this.what} is a map: its value is an array of ${this.items()}`)
    return { op: 'put', state, key: this.bytesOf(this.declared.keyTypename, item.key), value: this.bytes(item.value) }
  }

  private bytes(json: unknown): Uint8Array {
    return this.bytesOf(this.declared.typename, json, this.known())
  }

  /** A value that is there, to tell whether values of a type that is not ours are JSON. */
  private known(): Uint8Array | undefined {
    const { before } = this
    if (before?.kind === 'value') return before.value
    return before?.kind === 'list' ? before.items[0] : before?.entries[0]?.value
  }

  private bytesOf(typename: string | undefined, json: unknown, known?: Uint8Array): Uint8Array {
    const given = givenBytes(json, this.what)
    if (given) return given
    if (typename !== undefined && isBuiltIn(typename)) return valueFromJson(typename, json, this.what)
    if (typename === opaqueBytes || (known && valueToJson(typename, known) === undefined))
      throw invalid(`${this.what} is no JSON: write {"base64": "…"} or {"hex": "…"}`)
    return utf8Encode(JSON.stringify(json))
  }
}

const givenBytes = (json: unknown, what: string): Uint8Array | undefined => {
  if (typeof json !== 'object' || json === null || Object.keys(json).length !== 1) return undefined
  const base64 = 'base64' in json ? json.base64 : undefined
  const hex = 'hex' in json ? json.hex : undefined
  if (typeof base64 === 'string') {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) throw invalid(`${what}: that is not base64`)
    return new Uint8Array(Buffer.from(base64, 'base64'))
  }
  if (typeof hex !== 'string') return undefined
  if (!/^([0-9A-Fa-f]{2})*$/.test(hex)) throw invalid(`${what}: that is not hexadecimal`)
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
