import { isPlainObject } from '../../config/given-settings.ts'
import { MillraceError } from '../../model/errors.ts'
import type { Contract } from '../../sdk/contract.ts'
import type { Type } from '../../sdk/type.ts'

/** What the application file exports as `dev`, for `millrace dev` alone. */
export interface DevOptions {
  /** A Worker's entry that serves the functions of all endpoints, as './functions/index.ts'. */
  readonly functions: string | undefined
  readonly feeds: readonly Feed[]
  readonly view: readonly ViewPart[]
}

/** Records for a topic. `millrace dev` writes each of them once, in order, also over crashes. */
export interface Feed {
  readonly topic: string
  /** Of the topic, where it is not there yet. */
  readonly partitions: number
  /** 0 is as fast as they can be written. */
  readonly perSecond: number
  /** The records from number `from` on; the same records at each call. */
  readonly records: (from: number) => AsyncIterable<readonly FeedRecord[]>
}

export interface FeedRecord {
  readonly key: string | null
  readonly value: string
  readonly timestampMs: number
}

/** A part of the live view: the first rows of an actor's states, or the last records of an egress. */
export type ViewPart = StatesPart | RecordsPart

export interface StatesPart {
  readonly kind: 'states'
  readonly title: string
  readonly actor: { readonly typename: string; readonly contract: Contract }
  readonly rows: number
  /** The larger, the higher up. */
  readonly by: (state: never) => number
  readonly columns: (state: never, id: string) => Readonly<Record<string, unknown>>
}

export interface RecordsPart {
  readonly kind: 'records'
  readonly title: string
  readonly egress: { readonly name: string; readonly type: Type<unknown> }
  readonly rows: number
  readonly line: (value: never) => string
}

type Fields = Readonly<Record<string, unknown>>

/** Checks the outline of what was exported; functions are trusted to be what their names say. */
export const readDevOptions = (value: unknown, file: string): DevOptions => {
  const wrong = (path: string, allowed: string): never => {
    throw new MillraceError('SETTING_INVALID', `${file}: the export ${path} must be ${allowed}`)
  }
  if (value === undefined) return { functions: undefined, feeds: [], view: [] }
  if (!isPlainObject(value)) return wrong('dev', 'an object with functions, feeds, view')
  const { functions, feeds = [], view = [], ...others } = value
  for (const name of Object.keys(others)) wrong(`dev.${name}`, 'left out: known are functions, feeds, view')
  if (functions !== undefined && typeof functions !== 'string')
    wrong('dev.functions', "a file, as './functions/index.ts'")
  const list = (path: string, given: unknown): readonly Fields[] =>
    Array.isArray(given) && given.every(isPlainObject) ? given : wrong(path, 'a list of objects')
  return {
    functions: typeof functions === 'string' ? functions : undefined,
    feeds: list('dev.feeds', feeds).map((feed, i) =>
      isFeed(feed) ? feed : wrong(`dev.feeds[${i}]`, '{ topic, partitions: 1 to 1000, perSecond: 0 or more, records }'),
    ),
    view: list('dev.view', view).map((part, i) =>
      isViewPart(part)
        ? part
        : wrong(
            `dev.view[${i}]`,
            "{ kind: 'states', title, actor, rows, by, columns } or { kind: 'records', title, egress, rows, line }",
          ),
    ),
  }
}

const isWhole = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= max

const isFeed = (fields: object): fields is Feed =>
  'topic' in fields &&
  typeof fields.topic === 'string' &&
  'partitions' in fields &&
  isWhole(fields.partitions, 1, 1_000) &&
  'perSecond' in fields &&
  isWhole(fields.perSecond, 0, 10_000_000) &&
  'records' in fields &&
  typeof fields.records === 'function'

const isViewPart = (fields: Fields): fields is Fields & ViewPart => {
  const { kind, title, rows, actor, by, columns, egress, line } = fields
  if (typeof title !== 'string' || !isWhole(rows, 1, 100)) return false
  if (kind === 'states') return isPlainObject(actor) && typeof by === 'function' && typeof columns === 'function'
  return kind === 'records' && isPlainObject(egress) && typeof line === 'function'
}
