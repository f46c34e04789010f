import { fail, list, object, text, whole } from './json-fields.ts'
import { MillraceError } from '../model/errors.ts'
import { decodeCheckedJson, encodeCheckedJson } from './checked-json.ts'

/**
 * The one object that changes in place: who holds which slots, which logs live, where recovery starts. JSON, so that
 * people can read it. Written by If-Match alone. Format 1 had no checksum, and checkpoints without a root.
 */
export interface Manifest {
  readonly format: 2
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
  /** In the order in which they were written; the last is the open one. Windows of other logs are not needed any more. */
  readonly logs: readonly ManifestLog[]
  readonly checkpoint: CheckpointPointer | undefined
  /** Checkpoints before that one, oldest first, kept with all windows after the oldest so that one can go back to them. */
  readonly retained: readonly CheckpointPointer[]
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

/** A moment: right after window `number` of `log`. */
export interface CheckpointPlace {
  readonly log: string
  readonly number: number
  readonly clockMs: number
}

export interface RootPointer extends CheckpointPlace {
  /** The key of its root. */
  readonly root: string
}

/** As format 1 had it. */
export interface PartsPointer extends CheckpointPlace {
  readonly parts: readonly string[]
}

export type CheckpointPointer = RootPointer | PartsPointer

export const encodeManifest = (manifest: Manifest): Uint8Array => encodeCheckedJson(manifest)

export const decodeManifest = (bytes: Uint8Array, key: string): Manifest => {
  try {
    return parse(decodeCheckedJson(bytes))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new MillraceError('STORE_CORRUPT', `the manifest ${key} cannot be read: ${why}`, { cause })
  }
}

const parse = (manifest: Record<string, unknown>): Manifest => {
  const { format } = manifest
  if (format !== 1 && format !== 2) fail(`format is ${String(format)}; this Millrace reads formats 1 and 2`)
  return {
    format: 2,
    counter: whole(manifest['counter'], 'counter'),
    writer: text(manifest['writer'], 'writer'),
    uuid: text(manifest['uuid'], 'uuid'),
    application: text(manifest['application'], 'application'),
    maxParallelism: whole(manifest['maxParallelism'], 'maxParallelism'),
    slots: whole(manifest['slots'], 'slots'),
    markers: parseMarkers(manifest['markers']),
    logs: list(manifest['logs'], 'logs').map(parseLog),
    checkpoint: manifest['checkpoint'] === undefined ? undefined : parseCheckpoint(manifest['checkpoint']),
    retained: format === 1 ? [] : list(manifest['retained'], 'retained').map(parseCheckpoint),
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
  if (checkpoint['parts'] === undefined) return parseRoot(json)
  const parts = list(checkpoint['parts'], 'checkpoint.parts').map((part) => text(part, 'a part'))
  return { ...parsePlace(checkpoint), parts }
}

const parseRoot = (json: unknown): RootPointer => {
  const checkpoint = object(json, 'a checkpoint')
  return { ...parsePlace(checkpoint), root: text(checkpoint['root'], 'checkpoint.root') }
}

const parsePlace = (checkpoint: Record<string, unknown>): CheckpointPlace => ({
  log: text(checkpoint['log'], 'checkpoint.log'),
  number: whole(checkpoint['number'], 'checkpoint.number'),
  clockMs: whole(checkpoint['clockMs'], 'checkpoint.clockMs'),
})
