// Every name that an application has in the bucket and in Kafka. All carry its UUID, so that one that was deleted and
// created again under the same name meets nothing old (protocol rule 1).

export const applicationKey = (application: string): string => `applications/${application}`
export const applicationsPrefix = 'applications/'
export const manifestKey = (uuid: string): string => `${uuid}/manifest`

/** The claim of a log, written before anything else in it. */
export const openKey = (uuid: string, log: string): string => `${uuid}/log/${log}/open`
/** A window, or the seal that ends the log. */
export const entryKey = (uuid: string, log: string, number: number): string =>
  `${uuid}/log/${log}/${String(number).padStart(12, '0')}`
export const logsPrefix = (uuid: string): string => `${uuid}/log/`
export const logPrefix = (uuid: string, log: string): string => `${uuid}/log/${log}/`

/** What a checkpoint consists of, and what it shares with those before it. */
export const rootKey = (uuid: string, log: string, number: number): string => `${checkpointOf(uuid, log, number)}/root`
export const segmentKey = (uuid: string, log: string, number: number, part: number): string =>
  `${checkpointOf(uuid, log, number)}/${String(part).padStart(4, '0')}`
const checkpointOf = (uuid: string, log: string, number: number): string =>
  `${checkpointPrefix(uuid)}${log}/${String(number).padStart(12, '0')}`
export const checkpointPrefix = (uuid: string): string => `${uuid}/checkpoint/`

/** What belongs to savepoints; each has a folder of its name. */
export const savepointsPrefix = (uuid: string): string => `${uuid}/savepoints/`

/** The topic of markers: compacted, kept for ever (rule 13). */
export const markerTopic = (prefix: string, uuid: string): string => `${prefix}.${uuid}.markers`

/** One for each log (rule 9). */
export const transactionalId = (uuid: string, log: string): string => `millrace-${uuid}-${log}`
