import { isMillraceError, messageOf, type ErrorCode } from '../../model/errors.ts'
import type { EventLog } from '../../ports/telemetry.ts'

/**
 * Codes of answers that are about HTTP and not about Millrace's own parts. Where a message failed for good, its own code
 * is answered instead.
 */
export type HttpCode =
  | ErrorCode
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'UNSUPPORTED_CONTENT'
  | 'OVERLOADED'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_KEYS_FULL'
  | 'UNAVAILABLE'
  | 'TIMEOUT'

/** Thrown where a request cannot be answered as it wants to; its answer is `{code, message}` as JSON. */
export class HttpError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: HttpCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'HttpError'
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** Come again in a second: what is full or down now may not be then. */
export const retryLater = { 'retry-after': '1' }

/** What to answer where something was thrown. What is nobody's fault outside is told to the log alone. */
export const httpErrorOf = (error: unknown, log: EventLog): HttpError => {
  if (error instanceof HttpError) return error
  if (isMillraceError(error) && error.code === 'VALUE_INVALID') return new HttpError(400, error.code, error.message)
  log.error('http-failed', messageOf(error))
  return new HttpError(500, 'INTERNAL', 'the request failed for a reason that is in the log')
}

/** An error as people and programs read it. */
export const errorResponse = (
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response => Response.json({ code, message }, { status, headers })
