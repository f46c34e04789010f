import { isPlainObject } from './given-settings.ts'
import type { Problems } from './problems.ts'
import type { SettingKind } from './setting-kinds.ts'

/** An object that may hold `known` and nothing else; what is undefined in it counts as not there. */
export const readFields = (
  path: string,
  value: unknown,
  known: readonly string[],
  problems: Problems,
): Readonly<Record<string, unknown>> => {
  if (value === undefined) return {}
  if (!isPlainObject(value)) {
    problems.wrong(path, value, `an object with ${known.join(', ')}`)
    return {}
  }
  const prefix = path === '' ? '' : `${path}.`
  for (const name of Object.keys(value))
    if (!known.includes(name))
      problems.unknown(
        'setting',
        prefix + name,
        known.map((sibling) => prefix + sibling),
      )
  return value
}

/** The value of a kind, or `initial` where there is none or a wrong one. */
export const readField = <T, D>(
  path: string,
  value: unknown,
  kind: SettingKind<T>,
  initial: D,
  problems: Problems,
): T | D => {
  if (value === undefined) return initial
  const read = kind.fromValue(value)
  if (read === undefined) problems.wrong(path, value, kind.allowed)
  return read ?? initial
}

/** A list, each item with its path; nothing where it is no list. */
export const readList = (
  path: string,
  value: unknown,
  allowed: string,
  problems: Problems,
): readonly (readonly [path: string, item: unknown])[] => {
  if (value === undefined) return []
  if (Array.isArray(value)) return value.map((item, index) => [`${path}[${index}]`, item] as const)
  problems.wrong(path, value, allowed)
  return []
}
