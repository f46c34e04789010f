import { MillraceError } from '../model/errors.ts'
import { seal, unseal } from './envelope.ts'

/** What a log holds at a number: the content of one commit, or the seal that ends it. */
export type LogEntry = Window | Seal

export interface Window {
  readonly kind: 'window'
  readonly log: string
  readonly number: number
  /** Random: tells the own earlier attempt from another process's object. */
  readonly nonce: string
  /** Time as this window has it; later windows never have less (rule 28). */
  readonly clockMs: number
  /** The last marker known to be committed when the window was closed (rule 4). */
  readonly hint: MarkerHint
  /** Changes of the shard's state. */
  readonly journal: Uint8Array
  /** Records to publish. */
  readonly outbox: Uint8Array
}

/** Windows up to `number` were published then, and the marker that says so is not before `offset`. */
export interface MarkerHint {
  readonly number: number
  readonly offset: number
}

export interface Seal {
  readonly kind: 'seal'
  readonly log: string
  readonly number: number
  /** The incarnation that took over. */
  readonly by: string
}

export const encodeWindow = (window: Window): Uint8Array =>
  seal('window', window.journal.length + window.outbox.length + 256, (out) => {
    out.text(window.log)
    out.uint(window.number)
    out.text(window.nonce)
    out.uint(window.clockMs)
    out.uint(window.hint.number)
    out.uint(window.hint.offset)
    out.blob(window.journal)
    out.blob(window.outbox)
  })

export const encodeSeal = (entry: Seal): Uint8Array =>
  seal('seal', 128, (out) => {
    out.text(entry.log)
    out.uint(entry.number)
    out.text(entry.by)
  })

/** Throws STORE_CORRUPT naming `key` for what is no intact entry of this log and number. */
export const decodeEntry = (bytes: Uint8Array, key: string, log: string, number: number): LogEntry => {
  const { kind, content } = unseal(bytes, key)
  const is = { log: content.text(), number: content.uint() }
  if (is.log !== log || is.number !== number)
    throw new MillraceError('STORE_CORRUPT', `${key} holds entry ${is.number} of log ${is.log}`)
  if (kind === 'seal') return { kind, ...is, by: content.text() }
  if (kind !== 'window') throw new MillraceError('STORE_CORRUPT', `${key} holds a ${kind}, not an entry of a log`)
  return {
    kind,
    ...is,
    nonce: content.text(),
    clockMs: content.uint(),
    hint: { number: content.uint(), offset: content.uint() },
    journal: content.blob(),
    outbox: content.blob(),
  }
}
