// What stored JSON must hold: each answers the value, or throws a TypeError that says `what` is wrong. Callers name the object.

export const fail = (what: string): never => {
  throw new TypeError(what)
}
export const object = (value: unknown, what: string): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : fail(`${what} is no object`)
export const text = (value: unknown, what: string): string =>
  typeof value === 'string' ? value : fail(`${what} is no text`)
export const whole = (value: unknown, what: string): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fail(`${what} is no whole number`)
export const list = (value: unknown, what: string): readonly unknown[] =>
  Array.isArray(value) ? value : fail(`${what} is no list`)
