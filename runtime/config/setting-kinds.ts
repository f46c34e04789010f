import { type Duration, durationMs } from '../model/duration.ts'

/** What values a setting takes: from the application file as values, from the environment as text. */
export interface SettingKind<T> {
  /** Completes the sentence "allowed is …". */
  readonly allowed: string
  /** Undefined: not allowed. */
  fromValue(value: unknown): T | undefined
  /** Undefined: not allowed. */
  fromText(text: string): T | undefined
  /** As text that `fromText` reads back as the same value. */
  format(value: T): string
}

const textCharsMax = 65_536

/** Text that is not empty; `pattern` bounds it and `allowed` describes it. */
export const text = (allowed = 'text that is not empty', pattern = /[^]/): SettingKind<string> => {
  const read = (value: unknown) =>
    typeof value === 'string' && value.length <= textCharsMax && pattern.test(value) ? value : undefined
  return { allowed, fromValue: read, fromText: read, format: (value) => value }
}

const isWhole = (value: unknown, min: number, max: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max

export const whole = (min: number, max: number): SettingKind<number> => ({
  allowed: `a whole number from ${min} to ${max}`,
  fromValue: (value) => (isWhole(value, min, max) ? value : undefined),
  fromText: (given) => (/^-?\d{1,16}$/.test(given) && isWhole(Number(given), min, max) ? Number(given) : undefined),
  format: (value) => String(value),
})

const byteUnits = new Map([
  ['B', 1],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
])

const formatBytes = (value: number): string => {
  for (const [unit, size] of [...byteUnits].reverse()) {
    if (value >= size && value % size === 0) return `${value / size}${unit}`
  }
  return `${value}B`
}

/** A size as a number of bytes or as `'64MiB'`. */
export const bytes = (min: number, max: number): SettingKind<number> => {
  const fromText = (given: string): number | undefined => {
    const match = /^(\d{1,16})(B|KiB|MiB|GiB)?$/.exec(given)
    const size = Number(match?.[1]) * (byteUnits.get(match?.[2] ?? 'B') ?? NaN)
    return isWhole(size, min, max) ? size : undefined
  }
  return {
    allowed: `a size from ${formatBytes(min)} to ${formatBytes(max)}, as 65536 or '64KiB'`,
    fromValue: (value) => (typeof value === 'string' ? fromText(value) : isWhole(value, min, max) ? value : undefined),
    fromText,
    format: formatBytes,
  }
}

const durationUnits = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** Milliseconds as people write them: the largest unit that divides them. */
export const formatDuration = (ms: number): string => {
  for (const [unit, size] of durationUnits) if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  return `${ms}ms`
}

/** A duration, resolved to milliseconds. */
export const duration = (min: Duration, max: Duration): SettingKind<number> => {
  const minMs = durationMs(min, 'min')
  const maxMs = durationMs(max, 'max')
  const read = (value: unknown): number | undefined => {
    if (typeof value !== 'number' && typeof value !== 'string') return undefined
    try {
      const ms = durationMs(value, 'duration')
      return ms >= minMs && ms <= maxMs ? ms : undefined
    } catch {
      return undefined
    }
  }
  return {
    allowed: `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, as 250 (milliseconds), '10s' or '5m'`,
    fromValue: read,
    fromText: (given) => read(/^\d{1,15}$/.test(given) ? Number(given) : given),
    format: formatDuration,
  }
}

export const flag: SettingKind<boolean> = {
  allowed: 'true or false',
  fromValue: (value) => (typeof value === 'boolean' ? value : undefined),
  fromText: (given) => (given === 'true' ? true : given === 'false' ? false : undefined),
  format: (value) => String(value),
}

export const oneOf = <const V extends readonly string[]>(...values: V): SettingKind<V[number]> => {
  const read = (value: unknown): V[number] | undefined => values.find((allowed) => allowed === value)
  return {
    allowed: values.length === 1 ? values.join('') : `one of ${values.join(', ')}`,
    fromValue: read,
    fromText: read,
    format: (value) => value,
  }
}

const listItemsMax = 1_000

/** A list; in the environment its items stand between commas. */
export const listOf = (item: SettingKind<string>, items: string): SettingKind<readonly string[]> => {
  const read = (values: readonly unknown[]): readonly string[] | undefined => {
    const read = values.flatMap((value) => item.fromValue(value) ?? [])
    return read.length === values.length && read.length > 0 && read.length <= listItemsMax ? read : undefined
  }
  return {
    allowed: `a list of ${items}`,
    fromValue: (value) => (Array.isArray(value) ? read(value) : undefined),
    fromText: (given) => read(given.split(',').map((part) => part.trim())),
    format: (value) => value.join(','),
  }
}
