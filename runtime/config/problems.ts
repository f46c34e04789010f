import { MillraceError } from '../model/errors.ts'
import { closest } from './suggest.ts'

const shownCharsMax = 80

/** How a wrong value is shown: short, and readable where it is a function or holds one. */
export const showValue = (value: unknown): string => {
  if (value === undefined) return 'not set'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    text = undefined
  }
  text ??= String(value)
  // A URL may carry a password.
  text = text.replaceAll(/\/\/[^\s/@"]*@/g, '//…@')
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text
}

/** Gathers everything that is wrong, so that one error tells of it all. */
export class Problems {
  private readonly lines: string[] = []

  add(line: string): void {
    this.lines.push(line)
  }

  /** The setting at `path` has a value that is not allowed. */
  wrong(path: string, value: unknown, allowed: string): void {
    this.add(
      value === undefined
        ? `${path} is not set; it must be ${allowed}`
        : `${path} is ${showValue(value)}; allowed is ${allowed}`,
    )
  }

  /** The value is a secret, so it is not shown. */
  wrongSecret(path: string, allowed: string): void {
    this.add(`${path} has a value that is not allowed (not shown: it is a secret); allowed is ${allowed}`)
  }

  unknown(what: string, name: string, known: readonly string[]): void {
    const meant = closest(name, known)
    this.add(
      `${what} ${name} is unknown; ${meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`}`,
    )
  }

  /** Throws a MillraceError SETTING_INVALID with one line for each problem, if there are any. */
  throwIfAny(where: string): void {
    const count = this.lines.length
    if (count === 0) return
    const head = count === 1 ? '1 setting is wrong' : `${count} settings are wrong`
    throw new MillraceError(
      'SETTING_INVALID',
      `${where}: ${head}\n${this.lines.map((line) => `  - ${line}`).join('\n')}`,
    )
  }
}
