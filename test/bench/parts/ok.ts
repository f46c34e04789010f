import type { LogOutcome } from '../../../runtime/ports/transactional-log.ts'

/** The value of an outcome that has to be good. */
export const ok = <T>(outcome: LogOutcome<T>): T => {
  if (outcome.kind === 'ok') return outcome.value
  throw outcome.cause
}
