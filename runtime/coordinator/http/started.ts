import type { RunningCoordinator } from '../running.ts'
import { HttpError, retryLater } from './http-error.ts'
import type { CoordinatorHolder } from './options.ts'

/** The coordinator, or a 503 while there is none yet. */
export const started = (holder: CoordinatorHolder): RunningCoordinator => {
  const running = holder()
  if (running) return running
  throw new HttpError(503, 'UNAVAILABLE', 'the coordinator has not started yet: /ready tells when it has', retryLater)
}
