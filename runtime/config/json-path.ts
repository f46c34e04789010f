import { MillraceError } from '../model/errors.ts'
import { showValue } from './problems.ts'

/** One step of a JSON path: a member, an index from 0, or all items of an array. */
export type PathStep =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'every' }

/** A part of JSONPath: `$`, then `.name`, `['any name']`, `[0]` and `[*]`. */
export interface JsonPath {
  readonly text: string
  readonly steps: readonly PathStep[]
  /** Whether it leads to any number of values (`[*]`) and not to exactly one. */
  readonly many: boolean
}

const stepsMax = 64
const stepPattern =
  /\.([\p{L}_$][\p{L}\p{N}_$-]*)|\[(\d{1,15})\]|\[(\*)\]|\['((?:[^'\\]|\\['\\])*)'\]|\["((?:[^"\\]|\\["\\])*)"\]/uy

/**
 * Reads a path.
 * @throws a MillraceError SETTING_INVALID that says at which character the path stops being one
 * @example parseJsonPath("$.orders[*].lines[0]['unit price']")
 */
export const parseJsonPath = (text: string): JsonPath => {
  const fail = (at: number, why: string): never => {
    throw new MillraceError(
      'SETTING_INVALID',
      `${JSON.stringify(text)} is no JSON path (character ${at + 1}: ${why}); allowed is $ followed by .name, ['any name'], [0] or [*], as '$.user.id'`,
    )
  }
  if (!text.startsWith('$')) return fail(0, 'it begins with $')
  const steps: PathStep[] = []
  let at = 1
  while (at < text.length) {
    stepPattern.lastIndex = at
    const match = stepPattern.exec(text)
    if (match === null) return fail(at, `${JSON.stringify(text.slice(at, at + 10))} is no step`)
    if (steps.length === stepsMax) return fail(at, `more than ${stepsMax} steps`)
    const [, dotted, index, every, single, double] = match
    const quoted = single ?? double
    if (dotted !== undefined) steps.push({ kind: 'member', name: dotted })
    else if (index !== undefined) steps.push({ kind: 'index', index: Number(index) })
    else if (every !== undefined) steps.push({ kind: 'every' })
    else if (quoted !== undefined) steps.push({ kind: 'member', name: quoted.replaceAll(/\\(.)/gu, '$1') })
    at = stepPattern.lastIndex
  }
  return { text, steps, many: steps.some((step) => step.kind === 'every') }
}

const describeStep = (step: PathStep): string => {
  if (step.kind === 'every') return '[*]'
  return step.kind === 'index' ? `[${step.index}]` : `[${JSON.stringify(step.name)}]`
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const wrong = (path: JsonPath, at: string, what: string): never => {
  throw new MillraceError('ROUTE_INVALID', `the path ${path.text} leads nowhere: ${at} ${what}`)
}

const walk = (path: JsonPath, depth: number, at: string, value: unknown, max: number, into: unknown[]): void => {
  const step = path.steps[depth]
  if (step === undefined) {
    if (into.length === max) wrong(path, at, `is one of more than ${max} values`)
    into.push(value)
    return
  }
  const next = at + describeStep(step)
  if (step.kind === 'member') {
    if (!isObject(value) || Array.isArray(value)) return wrong(path, at, 'is no object')
    if (!Object.hasOwn(value, step.name)) return wrong(path, next, 'is not there')
    return walk(path, depth + 1, next, value[step.name], max, into)
  }
  if (!Array.isArray(value)) return wrong(path, at, 'is no array')
  if (step.kind === 'index') {
    if (step.index >= value.length) return wrong(path, next, 'is not there')
    return walk(path, depth + 1, next, value[step.index], max, into)
  }
  for (let i = 0; i < value.length; i++) walk(path, depth + 1, `${at}[${i}]`, value[i], max, into)
}

/**
 * The values that a path leads to, in the order of the document: exactly one without `[*]`.
 * @param max bounds how many
 * @throws a MillraceError ROUTE_INVALID where a step of the path is not there. Values of the record are not shown.
 */
export const readJsonPath = (path: JsonPath, value: unknown, max: number): readonly unknown[] => {
  const found: unknown[] = []
  walk(path, 0, '$', value, max, found)
  return found
}

/**
 * The ids that a path leads to, each once. Text, whole numbers and true or false can be ids.
 * @throws a MillraceError ROUTE_INVALID for anything else
 */
export const idsAtPath = (path: JsonPath, value: unknown, max: number): readonly string[] => {
  const ids = new Set<string>()
  for (const found of readJsonPath(path, value, max)) {
    if (typeof found === 'string') ids.add(found)
    else if (typeof found === 'boolean' || typeof found === 'bigint' || Number.isSafeInteger(found))
      ids.add(String(found))
    else wrongId(path, found)
  }
  return [...ids]
}

const wrongId = (path: JsonPath, found: unknown): never => {
  const what = Array.isArray(found)
    ? 'an array'
    : typeof found === 'number'
      ? showValue(found)
      : `of type ${found === null ? 'null' : typeof found}`
  throw new MillraceError(
    'ROUTE_INVALID',
    `the value at ${path.text} is ${what}; an id is text, a whole number, true or false`,
  )
}
