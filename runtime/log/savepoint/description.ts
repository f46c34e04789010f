import { createHash } from 'node:crypto'
import { utf8Decode, utf8Encode } from '../../model/bytes.ts'
import { MillraceError } from '../../model/errors.ts'
import type { StateDeclaration } from '../../shard/function-table.ts'
import { fail, list, object, text, whole } from '../json-fields.ts'
import type { Commit } from '../read-state.ts'
import { isFileKind, type FileKind } from './file-kinds.ts'

/** Written last: without it there is no savepoint. */
export const descriptionName = 'savepoint.json'

/** What a savepoint is of and what it holds. */
export interface SavepointDescription {
  readonly format: 1
  readonly name: string
  readonly application: string
  readonly uuid: string
  /** Of the process that wrote it. */
  readonly createdMs: number
  /** All windows up to this one, and nothing after it, are in it. */
  readonly commit: Commit
  /** Time as that window has it. */
  readonly clockMs: number
  readonly maxParallelism: number
  /** The last numbers given to lane entries and timers. */
  readonly counters: { readonly entry: number; readonly timer: number }
  readonly functions: readonly SavepointFunction[]
  readonly files: readonly SavepointFile[]
}

export interface SavepointFunction {
  readonly typename: string
  readonly states: readonly StateDeclaration[]
  /** Addresses that keep state. */
  readonly addresses: number
  readonly cells: number
  /** Of cells and map keys. */
  readonly bytes: number
  /** Messages that wait for it, and delayed messages that it has sent. */
  readonly messages: number
  readonly timers: number
}

export interface SavepointFile {
  readonly name: string
  readonly kind: FileKind
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const textOf = (content: object): string => `${JSON.stringify(content, undefined, 2)}\n`

/** JSON for people and tools; its last field is the checksum of the text without it. */
export const encodeDescription = (description: SavepointDescription): Uint8Array => {
  const { createdMs, clockMs, ...rest } = description
  const content = { ...rest, created: new Date(createdMs).toISOString(), clock: new Date(clockMs).toISOString() }
  return utf8Encode(textOf({ ...content, sha256: sha256Of(utf8Encode(textOf(content))) }))
}

/** Throws STORE_CORRUPT naming `where` for what is no intact description. */
export const decodeDescription = (bytes: Uint8Array, where: string): SavepointDescription => {
  try {
    const written = utf8Decode(bytes)
    const json: unknown = JSON.parse(written)
    const description = object(json, 'it')
    // Before the checksum: another format may compute another.
    if (description['format'] !== 1) fail(`format is ${String(description['format'])}; this Millrace reads format 1`)
    const { sha256, ...content } = description
    if (textOf({ ...content, sha256 }) !== written || sha256Of(utf8Encode(textOf(content))) !== sha256)
      fail('it does not match its checksum')
    return parse(content)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new MillraceError('STORE_CORRUPT', `${where} cannot be read: ${why}`, { cause })
  }
}

const time = (value: unknown, what: string): number => {
  const ms = Date.parse(text(value, what))
  return Number.isNaN(ms) ? fail(`${what} is no time`) : ms
}

const parse = (json: Record<string, unknown>): SavepointDescription => {
  const commit = object(json['commit'], 'commit')
  const counters = object(json['counters'], 'counters')
  return {
    format: 1,
    name: text(json['name'], 'name'),
    application: text(json['application'], 'application'),
    uuid: text(json['uuid'], 'uuid'),
    createdMs: time(json['created'], 'created'),
    commit: { log: text(commit['log'], 'commit.log'), number: whole(commit['number'], 'commit.number') },
    clockMs: time(json['clock'], 'clock'),
    maxParallelism: whole(json['maxParallelism'], 'maxParallelism'),
    counters: {
      entry: whole(counters['entry'], 'counters.entry'),
      timer: whole(counters['timer'], 'counters.timer'),
    },
    functions: list(json['functions'], 'functions').map(parseFunction),
    files: list(json['files'], 'files').map(parseFile),
  }
}

const parseFunction = (json: unknown): SavepointFunction => {
  const spec = object(json, 'a function')
  return {
    typename: text(spec['typename'], 'typename'),
    states: list(spec['states'], 'states').map(parseState),
    addresses: whole(spec['addresses'], 'addresses'),
    cells: whole(spec['cells'], 'cells'),
    bytes: whole(spec['bytes'], 'bytes'),
    messages: whole(spec['messages'], 'messages'),
    timers: whole(spec['timers'], 'timers'),
  }
}

const kindOf = (kind: unknown): StateDeclaration['kind'] =>
  kind === 'value' || kind === 'list' || kind === 'map' ? kind : fail(`${String(kind)} is no kind of state`)

const parseState = (json: unknown): StateDeclaration => {
  const state = object(json, 'a state')
  const keyTypename = state['keyTypename']
  return {
    name: text(state['name'], 'name'),
    kind: kindOf(state['kind']),
    typename: text(state['typename'], 'typename'),
    keyTypename: keyTypename === undefined ? undefined : text(keyTypename, 'keyTypename'),
  }
}

const parseFile = (json: unknown): SavepointFile => {
  const file = object(json, 'a file')
  const name = text(file['name'], 'name')
  const kind = text(file['kind'], 'kind')
  if (!/^[a-z][a-z0-9-]{0,60}\.[a-z]{1,16}$/.test(name)) fail(`'${name.slice(0, 100)}' is no name of a file`)
  return {
    name,
    kind: isFileKind(kind) ? kind : fail(`a newer Millrace has written files of kind ${kind}`),
    rows: whole(file['rows'], 'rows'),
    bytes: whole(file['bytes'], 'bytes'),
    sha256: text(file['sha256'], 'sha256'),
  }
}
