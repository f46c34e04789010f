import { MillraceError, messageOf } from '../model/errors.ts'
import { parseStateKey, stateKey, stateVersionMax } from '../model/state-key.ts'
import type { StateCells } from '../model/state-cells.ts'
import { checkSize } from './check-size.ts'
import type { DeclaredState } from './contract.ts'
import { typeOf } from './schema-type.ts'
import type { AnyVersions } from './state-declaration.ts'
import type { Type, Typed } from './type.ts'

/** A version of a state that is not written any more, and the way up from it. */
export interface OlderVersion {
  readonly version: number
  /** Of the state under this version, on the wire. */
  readonly key: string
  readonly type: Type<unknown>
  /** Gives a value of the next older version, or of the present one after the last. */
  readonly up: (old: unknown) => unknown
}

/** What a declaration says of its versions, checked. `older` grows by version. */
export const versionsOf = (
  name: string,
  what: string,
  given: AnyVersions,
): Pick<DeclaredState, 'version' | 'key' | 'older'> => {
  const invalid = (message: string): MillraceError => new MillraceError('SETTING_INVALID', `${what}${message}`)
  const { version = 1, migrate = {} } = given
  if (parseStateKey(name).version > 1) throw invalid(': a name that ends so stands for a version; use another')
  if (!Number.isSafeInteger(version) || version < 1 || version > stateVersionMax)
    throw invalid(`: version is ${version}; allowed are whole numbers from 1 to ${stateVersionMax}`)
  const older = Object.entries(migrate).map(([text, migration]: [string, unknown]): OlderVersion => {
    const from = Number(text)
    if (String(from) !== text || !Number.isSafeInteger(from) || from < 1 || from >= version)
      throw invalid(`: migrate names version ${text}; allowed are those before ${version}, the present one`)
    if (!isMigration(migration)) throw invalid(`: migrate.${text} must be { type, up }`)
    const { type, up } = migration
    return { version: from, key: stateKey(name, from), type: typeOf(type, what), up }
  })
  older.sort((a, b) => a.version - b.version)
  return { version, key: stateKey(name, version), older }
}

/** The declaration's types have checked that `up` takes what `type` reads. */
const isMigration = (value: unknown): value is { readonly type: Typed; readonly up: (old: unknown) => unknown } =>
  typeof value === 'object' && value !== null && 'type' in value && 'up' in value && typeof value.up === 'function'

/** A value of an older version that did not become one of the present version. */
export class UpcastError extends Error {
  /** What did not work, without anything of the value: `its migration from version 1 threw`. */
  readonly step: string

  constructor(step: string, cause: unknown) {
    super(`${step}: ${messageOf(cause)}`, { cause })
    this.step = step
  }
}

/**
 * The encoding under the present version of what `bytes` are under an older one. Every value on the way is encoded and
 * read as one of its version, so each `up` gets what it would have got from the store, and a schema validates.
 */
export const upcast = (declared: DeclaredState, from: OlderVersion, bytes: Uint8Array): Uint8Array => {
  let value = attempt(`it is no value of version ${from.version}`, () => from.type.decode(bytes))
  let encoded = bytes
  for (let place = declared.older.indexOf(from); place < declared.older.length; place++) {
    const { up, version } = declared.older[place]!
    const next = declared.older[place + 1] ?? declared
    const given = attempt(`its migration from version ${version} threw`, () => up(value))
    value = attempt(`what its migration from version ${version} gave is no value of version ${next.version}`, () => {
      if (isThenable(given)) throw new TypeError('it is a promise; a migration cannot wait')
      encoded = checkSize(next.type.encode(given), declared.what)
      return next.type.decode(encoded)
    })
  }
  return encoded
}

const attempt = <T>(step: string, run: () => T): T => {
  try {
    return run()
  } catch (error) {
    throw new UpcastError(step, error)
  }
}

const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/**
 * All cells of a state, from an older version to the present one.
 * @param id of the actor, for the error
 * @throws a MillraceError STATE_MIGRATION_FAILED
 */
export const upcastCells = (declared: DeclaredState, from: OlderVersion, cells: StateCells, id: string): StateCells => {
  const up = (bytes: Uint8Array): Uint8Array => upcast(declared, from, bytes)
  try {
    if (cells.kind === 'value') return { kind: 'value', value: up(cells.value) }
    if (cells.kind === 'list') return { kind: 'list', head: 0, items: cells.items.map(up) }
    return { kind: 'map', entries: cells.entries.map(({ key, value }) => ({ key, value: up(value) })) }
  } catch (error) {
    throw new MillraceError(
      'STATE_MIGRATION_FAILED',
      `${declared.what} of '${id}', kept under version ${from.version}: ${messageOf(error)}`,
      { cause: error },
    )
  }
}
