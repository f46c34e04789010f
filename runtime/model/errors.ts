/**
 * Every error that Millrace raises on purpose has one of these codes. The name says what went wrong, the table whose
 * turn it is: `user` errors are mended in a setting or in code, `system` errors in what Millrace runs on.
 */
export const errorCodes = {
  SETTING_INVALID: 'user',
  FUNCTION_UNKNOWN: 'user',
  MESSAGE_UNKNOWN: 'user',
  INGRESS_UNKNOWN: 'user',
  EGRESS_UNKNOWN: 'user',
  ROUTE_INVALID: 'user',
  VALUE_INVALID: 'user',
  LIMIT_EXCEEDED: 'user',
  HANDLER_FAILED: 'user',
  STATE_MISMATCH: 'user',
  STATE_MIGRATION_FAILED: 'user',
  APPLICATION_UNKNOWN: 'user',
  APPLICATION_CHANGED: 'user',
  /** What was asked for is for addresses that are parked or paused, and this one is not. */
  ADDRESS_NOT_STOPPED: 'user',
  /** A dead letter cannot be sent again in its old place. */
  ORDER_LOST: 'user',
  APPLICATION_EXISTS: 'user',
  SAVEPOINT_UNKNOWN: 'user',
  SAVEPOINT_EXISTS: 'user',
  SAVEPOINT_MISMATCH: 'user',
  COMMIT_UNKNOWN: 'user',
  UNAUTHORIZED: 'user',
  ENDPOINT_UNAVAILABLE: 'system',
  ENDPOINT_PROTOCOL: 'system',
  STORE_UNAVAILABLE: 'system',
  STORE_FORBIDDEN: 'system',
  STORE_UNSUITABLE: 'system',
  STORE_CORRUPT: 'system',
  LOG_UNAVAILABLE: 'system',
  LOG_FORBIDDEN: 'system',
  LOG_TOPIC_MISSING: 'system',
  LOG_OFFSET_OUT_OF_RANGE: 'system',
  LOG_RECREATED: 'system',
  LOG_CORRUPT: 'system',
  WENT_BACK_IN_TIME: 'system',
  CLOCK_SKEW: 'system',
  FENCED: 'system',
  UNSUPPORTED_PLATFORM: 'system',
  INTERNAL: 'system',
} as const

export type ErrorCode = keyof typeof errorCodes

const brand = Symbol.for('millrace.error')

/** An error with a stable code. `message` names the setting, record or address and says what to do. */
export class MillraceError extends Error {
  readonly code: ErrorCode
  readonly [brand] = true

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'MillraceError'
    this.code = code
  }
}

/** By brand and not by `instanceof`, which fails between two bundles that both carry this class. */
export const isMillraceError = (error: unknown): error is MillraceError =>
  typeof error === 'object' && error !== null && brand in error

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** States a thing that only a bug in Millrace can make untrue; stays on in production. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new MillraceError('INTERNAL', `bug in Millrace: ${what}`)
}
