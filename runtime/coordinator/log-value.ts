import { isMillraceError, MillraceError, messageOf } from '../model/errors.ts'
import type { LogOutcome } from '../ports/transactional-log.ts'

/**
 * What the log answered. Throws a MillraceError that begins with what was wanted: LOG_UNAVAILABLE where it may come right
 * by itself, else the code of the cause.
 */
export const logValue = <T>(outcome: LogOutcome<T>, what: string): T => {
  if (outcome.kind === 'ok') return outcome.value
  const { kind, cause } = outcome
  const code = kind !== 'fatal' ? 'LOG_UNAVAILABLE' : isMillraceError(cause) ? cause.code : 'LOG_FORBIDDEN'
  throw new MillraceError(code, `${what}: ${messageOf(cause)}`, { cause })
}
