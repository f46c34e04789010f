import { MillraceError } from './errors.ts'

/** Milliseconds, or a whole number with a unit: `'250ms'`, `'10s'`, `'5m'`, `'24h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/**
 * A duration in milliseconds.
 * @param what names the setting in the error
 * @example durationMs('10m', 'after') // 600000
 */
export const durationMs = (duration: Duration | string, what: string): number => {
  const match = typeof duration === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) : undefined
  const ms = typeof duration === 'number' ? duration : Number(match?.[1]) * (unitMs.get(match?.[2] ?? '') ?? NaN)
  if (Number.isFinite(ms) && ms >= 0) return Math.round(ms)
  throw new MillraceError(
    'SETTING_INVALID',
    `${what} is ${JSON.stringify(duration)}; allowed are milliseconds or a number with ms, s, m, h or d, as '10m'`,
  )
}
