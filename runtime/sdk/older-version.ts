import { MillraceError } from '../model/errors.ts'
import { parseStateKey, stateKey, stateVersionMax } from '../model/state-key.ts'
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

/** The versions of a state: `key` stands for the present one on the wire, `older` grows by version. */
export interface StateVersions {
  readonly version: number
  readonly key: string
  readonly older: readonly OlderVersion[]
}

/** What a declaration says of its versions, checked. */
export const versionsOf = (name: string, what: string, given: AnyVersions): StateVersions => {
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
