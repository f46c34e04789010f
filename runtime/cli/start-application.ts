import { compile } from '../config/compile.ts'
import type { ApplicationDefinition } from '../config/definition.ts'
import type { Environment } from '../config/resolve-settings.ts'
import type { Settings } from '../config/settings.ts'
import type { RunningCoordinator } from '../coordinator/running.ts'
import { startCoordinator } from '../coordinator/start.ts'
import { patientReads } from '../log/patient-reads.ts'
import { systemClock } from '../platform/system-clock.ts'
import { systemRandom } from '../platform/system-random.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { TransactionalLog } from '../ports/transactional-log.ts'
import { probeStore } from '../storage/probe.ts'
import { createTopics } from './create-topics.ts'
import { functionClients } from './function-clients.ts'
import { checkNode } from './node-version.ts'
import { openHttp } from './open-http.ts'
import { openLog } from './open-log.ts'
import { openStore, storeWarnings } from './open-store.ts'

/** For answers that are on their way when a coordinator has ended. */
const httpCloseMs = 1_000

export interface StartOptions {
  readonly definition: ApplicationDefinition
  readonly settings: Settings
  readonly env: Environment
  readonly telemetry: Telemetry
  /** Create the application where the bucket knows others but not this one. */
  readonly create: boolean
  /** Where to go on from a position that the log does not have any more; undefined: refuse to start. */
  readonly whenOutOfRange?: 'earliest' | 'latest' | undefined
  /** Partitions of topics to create where they are missing; undefined: they must be there. */
  readonly topics: ReadonlyMap<string, number> | undefined
}

/** An application at work. */
export interface StartedApplication {
  readonly running: RunningCoordinator
  readonly log: TransactionalLog
  /** Where messages, state and the status page are. */
  readonly url: string
  /** After `running.ended`. */
  close(): Promise<void>
}

/**
 * Opens what the application file names and starts a coordinator on it. All that may fail comes before the take-over: a
 * second start that would fail late does not end a healthy elder. The order is that of "Life of a coordinator". What was
 * opened by then is closed when the start fails.
 */
export const startApplication = async (options: StartOptions): Promise<StartedApplication> => {
  const { definition, settings, env, telemetry } = options
  checkNode(settings)
  const topology = compile(definition, settings.limits)
  const started: { running?: RunningCoordinator } = {}
  const http = await openHttp(settings, telemetry, () => started.running)
  const opened: { close(): Promise<void> }[] = []
  const close = async (): Promise<void> => {
    await http.close(httpCloseMs)
    await Promise.allSettled(opened.map((each) => each.close()))
  }
  try {
    const store = openStore(settings.storage, env)
    opened.push(store)
    await probeStore(patientReads(store, systemClock), systemRandom, systemClock)
    for (const warning of await storeWarnings(settings.storage, env)) telemetry.log.warn('bucket-rules', warning)
    const log = await openLog(settings.log, telemetry.log)
    opened.push(log)
    if (options.topics) await createTopics(log, topology, options.topics)
    const clients = functionClients(definition.functions, settings.signingKeys)
    opened.push(...clients.values())
    const { create: createApplication, whenOutOfRange } = options
    const running = await startCoordinator(
      topology,
      { ...settings, createApplication, whenOutOfRange },
      { clock: systemClock, random: systemRandom, store, kafka: log, clients, telemetry },
    )
    started.running = running
    telemetry.log.info('listening', `listening on ${http.url}`, { url: http.url })
    return { running, log, url: http.url, close }
  } catch (error) {
    await close()
    throw error
  }
}
