import type { Environment } from '../../config/resolve-settings.ts'
import type { Settings } from '../../config/settings.ts'
import type { Parts } from '../../coordinator/parts.ts'
import { patientReads } from '../../log/patient-reads.ts'
import { eventLog } from '../../platform/event-log.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { systemRandom } from '../../platform/system-random.ts'
import { prometheusTelemetry } from '../../platform/telemetry.ts'
import { probeStore } from '../../storage/probe.ts'
import { openLog } from '../open-log.ts'
import { openStore } from '../open-store.ts'
import type { SavepointSession } from './savepoint-session.ts'

/** The bucket and the Kafka that these settings name, and nobody who serves functions. Closed with the session. */
export const openParts = async (session: SavepointSession, settings: Settings, env: Environment): Promise<Parts> => {
  const telemetry = prometheusTelemetry(eventLog({ level: 'warn', format: 'lines' }))
  const store = session.opening(patientReads(openStore(settings.storage, env), systemClock))
  await probeStore(store, systemRandom, systemClock)
  const kafka = session.opening(await openLog(settings.log, telemetry.log))
  return { clock: systemClock, random: systemRandom, store, kafka, clients: new Map(), telemetry }
}
