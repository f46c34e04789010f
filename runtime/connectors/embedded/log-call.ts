import { type ErrorCode, errorCodes, MillraceError } from '../../model/errors.ts'
import type { LogOutcome } from '../../ports/transactional-log.ts'
import type { LogEngine } from '../memory/log-engine.ts'

// What goes between the thread that uses an embedded log and the worker thread that holds its file.
export type LogMethod =
  'partitions' | 'createTopic' | 'offsets' | 'read' | 'initProducer' | 'produce' | 'end' | 'feed' | 'commitGroupOffsets'

export type LogArguments<M extends LogMethod> = Parameters<LogEngine[M]>
export type LogAnswer<M extends LogMethod> = ReturnType<LogEngine[M]>

export type LogCall = { [M in LogMethod]: { readonly method: M; readonly args: LogArguments<M> } }[LogMethod]

/** `call` undefined: only look whether transactions have timed out. */
export interface LogRequest {
  readonly id: number
  readonly nowMs: number
  readonly call: LogCall | undefined
}

export type ToWorker = { readonly kind: 'request'; readonly request: LogRequest } | { readonly kind: 'close' }

export type FromWorker =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'closed' }
  | {
      readonly kind: 'answers'
      readonly answers: readonly { readonly id: number; readonly outcome: SentOutcome }[]
      readonly advanced: ReadonlySet<string>
      readonly nextExpiryMs: number | undefined
    }

/** An error whose class would not survive the way between threads. */
export interface SentError {
  readonly code: string
  readonly message: string
}

export type SentOutcome =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'rejected'; readonly topic: string; readonly error: SentError }
  | { readonly kind: 'retriable' | 'ambiguous' | 'fenced' | 'fatal'; readonly error: SentError }

export const sentError = (error: Error): SentError => ({
  code: error instanceof MillraceError ? error.code : 'INTERNAL',
  message: error.message,
})

export const receivedError = ({ code, message }: SentError): MillraceError =>
  new MillraceError(isCode(code) ? code : 'INTERNAL', message)

export const sentOutcome = (outcome: LogOutcome<unknown>): SentOutcome => {
  if (outcome.kind === 'ok') return outcome
  if (outcome.kind === 'rejected') return { kind: 'rejected', topic: outcome.topic, error: sentError(outcome.cause) }
  return { kind: outcome.kind, error: sentError(outcome.cause) }
}

export const receivedOutcome = (sent: SentOutcome): LogOutcome<unknown> => {
  if (sent.kind === 'ok') return sent
  if (sent.kind === 'rejected') return { kind: 'rejected', topic: sent.topic, cause: receivedError(sent.error) }
  return { kind: sent.kind, cause: receivedError(sent.error) }
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code)
