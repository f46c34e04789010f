import type { Problems } from './problems.ts'
import { isSettingPath, settingAt, type SettingPath, settingPaths } from './settings-table.ts'

/** What the application file sets, parsed: durations are milliseconds. */
export type GivenSettings = ReadonlyMap<SettingPath, unknown>

/** The application file's sections that hold settings: `kafka`, `storage`, `http`, … */
export const settingSections: readonly string[] = [...new Set(settingPaths.map((path) => path.split('.')[0]!))]

/** True for `{…}`, false for arrays, dates and other instances. */
export const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)

const namesBelow = (path: string): readonly string[] => {
  const depth = path.split('.').length
  const below = settingPaths.filter((known) => known.startsWith(`${path}.`))
  return [...new Set(below.map((known) => known.split('.')[depth]!))]
}

const parse = (path: SettingPath, value: unknown, problems: Problems, into: Map<SettingPath, unknown>): void => {
  const { kind, secret } = settingAt(path)
  const parsed = kind.fromValue(value)
  if (parsed !== undefined) into.set(path, parsed)
  else if (secret) problems.wrongSecret(path, kind.allowed)
  else problems.wrong(path, value, kind.allowed)
}

const refuseShape = (path: string, value: unknown, known: readonly string[], problems: Problems): void => {
  const allowed = `an object with ${known.join(', ')}`
  const holdsSecret = settingPaths.some((below) => below.startsWith(`${path}.`) && settingAt(below).secret)
  if (holdsSecret) problems.wrongSecret(path, allowed)
  else problems.wrong(path, value, allowed)
}

/**
 * Reads one section of the application file into `into`. An object where the setting is a flag, as `ssl: { ca }`, sets
 * the flag too. What is undefined counts as not given, so that `token: process.env.TOKEN` may stay unset.
 */
export const readSection = (
  path: string,
  value: unknown,
  problems: Problems,
  into: Map<SettingPath, unknown>,
): void => {
  if (value === undefined) return
  const known = namesBelow(path)
  const object = isPlainObject(value) && known.length > 0 ? value : undefined
  if (object === undefined) {
    if (isSettingPath(path)) parse(path, value, problems, into)
    else refuseShape(path, value, known, problems)
    return
  }
  if (isSettingPath(path)) parse(path, true, problems, into)
  for (const [name, below] of Object.entries(object)) {
    if (known.includes(name)) readSection(`${path}.${name}`, below, problems, into)
    else
      problems.unknown(
        'setting',
        `${path}.${name}`,
        known.map((sibling) => `${path}.${sibling}`),
      )
  }
}

/** Reads all sections. `embedded({ directory })` as the storage names the directory of the embedded log too. */
export const readSettings = (fields: Readonly<Record<string, unknown>>, problems: Problems): GivenSettings => {
  const given = new Map<SettingPath, unknown>()
  for (const section of settingSections) {
    const value = fields[section]
    if (section === 'storage' && isPlainObject(value) && value['kind'] === 'embedded') {
      const { kind, ...rest } = value
      readSection('storage', { kind }, problems, given)
      readSection('embedded', rest, problems, given)
    } else readSection(section, value, problems, given)
  }
  return given
}
