import { MillraceError } from '../../model/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { Shard } from '../../shard/shard.ts'
import type { Window } from '../log-entry.ts'
import { ManifestStore } from '../manifest-store.ts'
import type { Manifest } from '../manifest.ts'
import { logPrefix } from '../names.ts'
import { pointersOf, readCommit, type Commit } from '../read-state.ts'
import { LogReader } from '../take-over.ts'

/** A commit of the past, and the state as it was then. */
export interface CommitState {
  readonly manifest: Manifest
  readonly commit: Commit
  readonly clockMs: number
  readonly shard: Shard
}

/** Which commit: a certain one, or the last one until a time. */
export type WantedCommit = Commit | { readonly untilMs: number }

const attemptsMax = 5

/**
 * Reads the state of a commit that is still kept, while a coordinator may be running: it touches nothing. Only of commits
 * whose egress is published, so that whoever goes on from there owes nobody a record.
 * @throws a MillraceError COMMIT_UNKNOWN for one that is not kept or not known to be published
 */
export const commitState = async (
  store: ObjectStore,
  clock: Clock,
  uuid: string,
  wanted: WantedCommit,
): Promise<CommitState> => {
  const reader = new LogReader(store, clock, uuid)
  const manifests = new ManifestStore(store, clock, uuid, '')
  for (let attempt = 1; ; attempt++) {
    const manifest = await manifests.read()
    if (!manifest) throw new MillraceError('COMMIT_UNKNOWN', `application ${uuid} has committed nothing yet`)
    try {
      const found = await find(store, reader, manifest, wanted)
      if (!(await isPublished(store, reader, manifest, found.commit))) throw unpublished(found.commit)
      return { ...found, manifest, shard: await readCommit(store, reader, manifest, found.commit) }
    } catch (error) {
      // The owner may have made a checkpoint and removed what was about to be read.
      const isSame = (await manifests.read())?.counter === manifest.counter
      if (isSame || attempt === attemptsMax) throw error
    }
  }
}

interface Found {
  readonly commit: Commit
  readonly clockMs: number
}

const find = async (
  store: ObjectStore,
  reader: LogReader,
  manifest: Manifest,
  wanted: WantedCommit,
): Promise<Found> => {
  if ('untilMs' in wanted) return lastUntil(store, reader, manifest, wanted.untilMs)
  const pointer = pointersOf(manifest).find(({ log, number }) => log === wanted.log && number === wanted.number)
  if (pointer) return { commit: wanted, clockMs: pointer.clockMs }
  const window = await reader.entry(wanted.log, wanted.number)
  if (window?.kind === 'window') return { commit: wanted, clockMs: window.clockMs }
  throw new MillraceError('COMMIT_UNKNOWN', `commit ${wanted.log}/${wanted.number} is not in the bucket`)
}

/** Clocks of windows never go back within a log, nor from a log to the next. */
const lastUntil = async (
  store: ObjectStore,
  reader: LogReader,
  manifest: Manifest,
  untilMs: number,
): Promise<Found> => {
  const { uuid, logs } = manifest
  const pointer = pointersOf(manifest).findLast(({ clockMs }) => clockMs <= untilMs)
  let found: Found | undefined = pointer && { commit: pointer, clockMs: pointer.clockMs }
  for (const { log } of logs) {
    const numbers = await numbersOf(store, uuid, log)
    let [low, high] = [0, numbers.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const window = await windowAt(reader, log, numbers[middle] ?? 0)
      if (window && window.clockMs <= untilMs) {
        // Windows before the checkpoint may still be there.
        if (!found || window.clockMs >= found.clockMs)
          found = { commit: { log, number: window.number }, clockMs: window.clockMs }
        low = middle + 1
      } else high = middle
    }
  }
  if (found) return { commit: { log: found.commit.log, number: found.commit.number }, clockMs: found.clockMs }
  const at = new Date(untilMs).toISOString()
  throw new MillraceError('COMMIT_UNKNOWN', `no commit of ${at} or before is in the bucket any more`)
}

/** The numbers of a log that have an object, ascending; the last may be its seal. */
const numbersOf = async (store: ObjectStore, uuid: string, log: string): Promise<readonly number[]> => {
  const prefix = logPrefix(uuid, log)
  const numbers: number[] = []
  for await (const { key } of store.list(prefix)) {
    const name = key.slice(prefix.length)
    if (/^\d{12}$/.test(name)) numbers.push(Number(name))
  }
  return numbers
}

const windowAt = async (reader: LogReader, log: string, number: number): Promise<Window | undefined> => {
  const entry = await reader.entry(log, number)
  return entry?.kind === 'window' ? entry : undefined
}

/** The manifest or a later window says that everything up to the commit is published. A listing alone proves nothing. */
const isPublished = async (
  store: ObjectStore,
  reader: LogReader,
  { uuid, logs, checkpoint }: Manifest,
  { log, number }: Commit,
): Promise<boolean> => {
  const place = logs.findIndex((each) => each.log === log)
  if (place < 0 || logs[place]?.drained) return true
  // A checkpoint of a later log is only made once the logs before it are drained.
  if (checkpoint && logs.findIndex((each) => each.log === checkpoint.log) > place) return true
  for (const last of (await numbersOf(store, uuid, log)).slice(-2).reverse()) {
    const window = await windowAt(reader, log, last)
    if (window) return window.hint.number >= number
  }
  return false
}

const unpublished = ({ log, number }: Commit): MillraceError =>
  new MillraceError(
    'COMMIT_UNKNOWN',
    `the bucket does not tell yet that all egress up to commit ${log}/${number} is published: name an earlier one, or ` +
      'take a savepoint of the present with --offline where no coordinator runs',
  )
