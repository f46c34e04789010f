import { MillraceError } from '../model/errors.ts'
import type { EventLog } from '../ports/telemetry.ts'
import { systemClock } from '../platform/system-clock.ts'
import { keepObjectsYoung, startedSmall } from '../platform/young-objects.ts'
import { errorText, exitCode, exitCodeOf } from './exit-code.ts'
import { onStopSignal } from './signals.ts'
import type { StartedApplication } from './start-application.ts'

/** What stands around an application and ends with it. */
export interface Surroundings {
  /** Right after the application runs. */
  readonly started: (application: StartedApplication) => void
  /** At the first signal, before the coordinator drains. */
  readonly stopping: () => void
  /** After it has ended, however it ended. */
  readonly ended: () => Promise<void>
}

/**
 * Starts an application, runs it to its end and answers the exit code. A signal while it still starts ends the process at
 * once with 0: nothing has been taken in yet.
 */
export const runApplication = async (
  start: () => Promise<StartedApplication>,
  log: EventLog,
  surroundings: Surroundings,
): Promise<number> => {
  keepObjectsYoung()
  let application: StartedApplication | undefined
  onStopSignal(systemClock, (signal) => {
    surroundings.stopping()
    log.info('stopping', `${signal}: finishing what is in flight; once more ends at once`)
    if (application) application.running.drain()
    else void surroundings.ended().finally(() => process.exit(exitCode.ok))
  })
  try {
    application = await startedSmall(start)
    surroundings.started(application)
    const end = await application.running.ended
    if (end === 'fenced') throw new MillraceError('FENCED', 'another coordinator has taken this application over')
    log.info('stopped', 'all that was taken in is durable')
    return exitCode.ok
  } catch (error) {
    log.error('ended', errorText(error), { exitCode: exitCodeOf(error) })
    return exitCodeOf(error)
  } finally {
    await surroundings.ended()
    await application?.close()
  }
}
