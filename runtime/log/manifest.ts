import { MillraceError } from '../model/errors.ts'
import { utf8Decode, utf8Encode } from '../model/bytes.ts'

/**
 * The one object that changes in place: who holds which slots, which logs live, where recovery starts. JSON, so that
 * people can read it. Written by If-Match alone.
 */
export interface Manifest {
  readonly format: 1
  /** Grows with each write, since ETags can repeat (rule 27). */
  readonly counter: number
  /** The incarnation that wrote it. */
  readonly writer: string
  readonly uuid: string
  readonly application: string
  readonly maxParallelism: number
  readonly slots: number
  /** Where the markers of publication stand. */
  readonly markers: MarkerTopic
  /** In the order in which they were written; the last is the open one. */
  readonly logs: readonly ManifestLog[]
  readonly checkpoint: CheckpointPointer | undefined
  /** The application that took its name: this one must never run again. */
  readonly replacedBy: string | undefined
}

export interface MarkerTopic {
  readonly topic: string
  readonly partitions: number
}

export interface ManifestLog {
  readonly log: string
  /** The number of its seal; undefined while it is open. */
  readonly sealedAt: number | undefined
  /** Who publishes what is left in it; undefined while it is open. */
  readonly drainer: string | undefined
  /** Everything in it is published. */
  readonly drained: boolean
}

/** State as of window `number` of `log`. */
export interface CheckpointPointer {
  readonly log: string
  readonly number: number
  readonly clockMs: number
  readonly parts: readonly string[]
}

export const encodeManifest = (manifest: Manifest): Uint8Array => utf8Encode(JSON.stringify(manifest, undefined, 2))

export const decodeManifest = (bytes: Uint8Array, key: string): Manifest => {
  try {
    return parse(JSON.parse(utf8Decode(bytes)))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new MillraceError('STORE_CORRUPT', `the manifest ${key} cannot be read: ${why}`, { cause })
  }
}

const fail = (what: string): never => {
  throw new TypeError(what)
}
const object = (value: unknown, what: string): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : fail(`${what} is no object`)
const text = (value: unknown, what: string): string => (typeof value === 'string' ? value : fail(`${what} is no text`))
const whole = (value: unknown, what: string): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fail(`${what} is no whole number`)
const list = (value: unknown, what: string): readonly unknown[] =>
  Array.isArray(value) ? value : fail(`${what} is no list`)

const parse = (json: unknown): Manifest => {
  const manifest = object(json, 'it')
  if (manifest['format'] !== 1) fail(`format is ${String(manifest['format'])}; this Millrace reads format 1`)
  return {
    format: 1,
    counter: whole(manifest['counter'], 'counter'),
    writer: text(manifest['writer'], 'writer'),
    uuid: text(manifest['uuid'], 'uuid'),
    application: text(manifest['application'], 'application'),
    maxParallelism: whole(manifest['maxParallelism'], 'maxParallelism'),
    slots: whole(manifest['slots'], 'slots'),
    markers: parseMarkers(manifest['markers']),
    logs: list(manifest['logs'], 'logs').map(parseLog),
    checkpoint: manifest['checkpoint'] === undefined ? undefined : parseCheckpoint(manifest['checkpoint']),
    replacedBy: manifest['replacedBy'] === undefined ? undefined : text(manifest['replacedBy'], 'replacedBy'),
  }
}

const parseMarkers = (json: unknown): MarkerTopic => {
  const markers = object(json, 'markers')
  return {
    topic: text(markers['topic'], 'markers.topic'),
    partitions: whole(markers['partitions'], 'markers.partitions'),
  }
}

const parseLog = (json: unknown): ManifestLog => {
  const log = object(json, 'a log')
  return {
    log: text(log['log'], 'log'),
    sealedAt: log['sealedAt'] === undefined ? undefined : whole(log['sealedAt'], 'sealedAt'),
    drainer: log['drainer'] === undefined ? undefined : text(log['drainer'], 'drainer'),
    drained: log['drained'] === true,
  }
}

const parseCheckpoint = (json: unknown): CheckpointPointer => {
  const checkpoint = object(json, 'checkpoint')
  return {
    log: text(checkpoint['log'], 'checkpoint.log'),
    number: whole(checkpoint['number'], 'checkpoint.number'),
    clockMs: whole(checkpoint['clockMs'], 'checkpoint.clockMs'),
    parts: list(checkpoint['parts'], 'checkpoint.parts').map((part) => text(part, 'a part')),
  }
}
