import { MillraceError, messageOf } from '../model/errors.ts'
import type { StateCells } from '../model/state-cells.ts'
import { checkSize } from './check-size.ts'
import type { DeclaredState } from './contract.ts'
import type { OlderVersion } from './older-version.ts'

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
