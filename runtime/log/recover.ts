import { MillraceError } from '../model/errors.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { Shard } from '../shard/shard.ts'
import { seal } from './envelope.ts'
import type { MarkerHint } from './log-entry.ts'
import type { ManifestStore } from './manifest-store.ts'
import type { Manifest, ManifestLog, MarkerTopic } from './manifest.ts'
import { openKey } from './names.ts'
import type { Root } from './root.ts'
import { readState } from './read-state.ts'
import { LogReader } from './take-over.ts'

/** What a new incarnation begins with. */
export interface Recovered {
  readonly shard: Shard
  /** The checkpoint that it began with, if that was one with a root: the next one builds on it. */
  readonly root: Root | undefined
  /** Time as the last window had it. */
  readonly clockMs: number
  /** The logs that are still to be published, in order, and where reading of their markers begins. */
  readonly inherited: readonly { readonly log: string; readonly sealedAt: number; readonly hint: MarkerHint }[]
  /** True when there was nothing before. */
  readonly created: boolean
}

export interface Incarnation {
  readonly uuid: string
  readonly application: string
  /** Its random id, which is also the name of its log. */
  readonly log: string
  /** As the application file has it: must be what the application was created with. */
  readonly maxParallelism: number
  /** For an application that is created now. */
  readonly slots: number
  readonly markers: MarkerTopic
}

/**
 * Takes the application over, from nobody, from the dead or from the living (rules 2 and 18): claim the own log, seal the
 * log of whoever came before, recover all that lies before the seal, and register. Nothing may be committed earlier.
 */
export const takeOver = async (
  store: ObjectStore,
  clock: Clock,
  manifests: ManifestStore,
  incarnation: Incarnation,
): Promise<Recovered> => {
  await claim(store, clock, incarnation)
  const reader = new LogReader(store, clock, incarnation.uuid)
  for (;;) {
    const manifest = await manifests.read()
    if (!manifest) {
      if (await manifests.create(firstManifest(incarnation)))
        return {
          shard: new Shard(incarnation),
          root: undefined,
          clockMs: 0,
          inherited: [],
          created: true,
        }
      continue
    }
    check(manifest, incarnation)
    await checkUnsealed(reader, incarnation.log)
    const ended = await endAndRecover(store, reader, manifest, incarnation.log).catch(async (error: unknown) => {
      if ((await manifests.read())?.counter === manifest.counter) throw error
      return undefined
    })
    // The owner has checkpointed and removed what was about to be read.
    if (!ended) continue
    const { logs, recovered } = ended
    const own = { log: incarnation.log, sealedAt: undefined, drainer: undefined, drained: false }
    // Superseded: the owner may have checkpointed and trimmed underneath, so all of it is read again.
    if ((await manifests.update({ logs: [...logs, own] })) === 'written') return recovered
  }
}

const endAndRecover = async (
  store: ObjectStore,
  reader: LogReader,
  manifest: Manifest,
  by: string,
): Promise<{ logs: readonly ManifestLog[]; recovered: Recovered }> => {
  const logs = await sealLast(reader, manifest, by)
  return { logs, recovered: await recover(store, reader, { ...manifest, logs }) }
}

/** Reads the state of an application whose logs are sealed, without touching anything. */
export const recover = async (store: ObjectStore, reader: LogReader, manifest: Manifest): Promise<Recovered> => {
  const { hints, ...state } = await readState(store, reader, manifest)
  const inherited = manifest.logs.flatMap(({ log, sealedAt, drained }) =>
    sealedAt === undefined || drained ? [] : [{ log, sealedAt, hint: hints.get(log) ?? { number: 0, offset: 0 } }],
  )
  return { ...state, inherited, created: false }
}

/** Makes the name of a log known before anything else of it (rule 2). */
export const claim = async (
  store: ObjectStore,
  clock: Clock,
  { uuid, log }: Pick<Incarnation, 'uuid' | 'log'>,
): Promise<void> => {
  const bytes = seal('open', 128, (out) => out.text(log))
  for (let pause = 50; ; pause = Math.min(pause * 2, 2_000)) {
    const put = await store.putIfAbsent(openKey(uuid, log), bytes)
    // A conflict is this process's own earlier attempt: the id is random.
    if (put.kind !== 'unknown') return
    await sleep(clock, pause)
  }
}

const sealLast = async (reader: LogReader, manifest: Manifest, by: string): Promise<readonly ManifestLog[]> => {
  const { logs, checkpoint } = manifest
  const sealed: ManifestLog[] = []
  for (const entry of logs) {
    const first = checkpoint?.log === entry.log ? checkpoint.number + 1 : 1
    const sealedAt = entry.sealedAt ?? (await reader.seal(entry.log, first, by))
    sealed.push({ ...entry, sealedAt, drainer: entry.drained ? entry.drainer : by })
  }
  return sealed
}

/**
 * An attempt to register that was in doubt may have succeeded, and a successor may have come and gone since: it has sealed
 * this log, and dropped it from the manifest.
 */
const checkUnsealed = async (reader: LogReader, log: string): Promise<void> => {
  if (await reader.entry(log, 1)) throw fencedWhileStarting()
}

const fencedWhileStarting = (): MillraceError =>
  new MillraceError('FENCED', 'another coordinator took over while this one was starting')

const firstManifest = (incarnation: Incarnation): Manifest => ({
  format: 2,
  counter: 1,
  writer: incarnation.log,
  uuid: incarnation.uuid,
  application: incarnation.application,
  maxParallelism: incarnation.maxParallelism,
  slots: incarnation.slots,
  markers: incarnation.markers,
  logs: [{ log: incarnation.log, sealedAt: undefined, drainer: undefined, drained: false }],
  checkpoint: undefined,
  retained: [],
  replacedBy: undefined,
})

const check = (manifest: Manifest, incarnation: Incarnation): void => {
  const changed = (what: string, was: string | number, is: string | number): MillraceError =>
    new MillraceError('APPLICATION_CHANGED', `${what} was ${was} when the application was created and is ${is} now`)
  if (manifest.replacedBy !== undefined)
    throw new MillraceError(
      'APPLICATION_CHANGED',
      `the application ${manifest.uuid} was replaced by ${manifest.replacedBy}, restored from a savepoint: repeat ` +
        '`millrace savepoint restore --replace` if it was interrupted',
    )
  if (manifest.maxParallelism !== incarnation.maxParallelism)
    throw new MillraceError(
      'APPLICATION_CHANGED',
      `maxParallelism was ${manifest.maxParallelism} when the application was created and is ` +
        `${incarnation.maxParallelism} now: set it back, or take a savepoint and restore it with another`,
    )
  if (manifest.application !== incarnation.application)
    throw changed('the name', manifest.application, incarnation.application)
  if (manifest.logs.some(({ log }) => log === incarnation.log) && manifest.writer !== incarnation.log)
    throw fencedWhileStarting()
}
