import { MillraceError } from '../model/errors.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { replay } from '../shard/replay.ts'
import { Shard } from '../shard/shard.ts'
import { naming, readCheckpoint } from './checkpoint.ts'
import type { MarkerHint } from './log-entry.ts'
import type { CheckpointPointer, Manifest, ManifestLog } from './manifest.ts'
import { entryKey } from './names.ts'
import type { Root } from './root.ts'
import { type LogReader, windowsAfter } from './take-over.ts'

/** What a checkpoint and the windows after it make. */
export interface StoredState {
  readonly shard: Shard
  readonly root: Root | undefined
  /** Time as the last window had it. */
  readonly clockMs: number
  /** By log, of the last window that was read. */
  readonly hints: ReadonlyMap<string, MarkerHint>
}

/** Reads a checkpoint and all windows after it up to the end of the last sealed log. Touches nothing. */
export const readState = async (
  store: ObjectStore,
  reader: LogReader,
  { uuid, maxParallelism, slots, logs, checkpoint }: Manifest,
): Promise<StoredState> => {
  const shard = new Shard({ maxParallelism, slots })
  let clockMs = checkpoint?.clockMs ?? 0
  const hints = new Map<string, MarkerHint>()
  const tail = windowsAfter(reader, logs, checkpoint)
  // The tail's first windows are asked for before the checkpoint is read, and come meanwhile.
  const first = tail.next()
  first.catch(() => undefined)
  const root = checkpoint && (await readCheckpoint(store, checkpoint, shard))
  for (let next = await first; !next.done; next = await tail.next()) {
    const window = next.value
    naming(entryKey(uuid, window.log, window.number), () => replay(window.journal, shard))
    clockMs = Math.max(clockMs, window.clockMs)
    hints.set(window.log, window.hint)
  }
  return { shard, root, clockMs, hints }
}

/** A commit: all windows up to `number` of `log`, and of all logs before it. */
export interface Commit {
  readonly log: string
  readonly number: number
}

/** Commits of one log that can be read. */
export interface CommitRange {
  readonly log: string
  readonly first: number
  /** Undefined: the log is open, and goes as far as it has come. */
  readonly last: number | undefined
}

/** The commits that can be read: each checkpoint that is kept, and all windows after the oldest. In order. */
export const readableCommits = (manifest: Manifest): readonly CommitRange[] => {
  const { logs } = manifest
  const [oldest] = pointersOf(manifest)
  const from = oldest ? logs.findIndex(({ log }) => log === oldest.log) : 0
  return logs.slice(Math.max(0, from)).map(({ log, sealedAt }) => ({
    log,
    first: oldest?.log === log ? oldest.number : 0,
    last: sealedAt === undefined ? undefined : sealedAt - 1,
  }))
}

/**
 * The state as of a commit, from the newest checkpoint before it and the windows since. Touches nothing. Throws
 * COMMIT_UNKNOWN naming what there is when the commit is not kept any more or never was.
 */
export const readCommit = async (
  store: ObjectStore,
  reader: LogReader,
  manifest: Manifest,
  commit: Commit,
): Promise<Shard> => {
  const ranges = readableCommits(manifest)
  const range = ranges.find(({ log }) => log === commit.log)
  if (!range || commit.number < range.first || commit.number > (range.last ?? Infinity)) throw unknown(commit, ranges)
  const isOpen = range.last === undefined && commit.number > range.first
  if (isOpen && (await reader.entry(commit.log, commit.number))?.kind !== 'window') throw unknown(commit, ranges)
  const { logs } = manifest
  const place = logs.findIndex(({ log }) => log === commit.log)
  const checkpoint = pointersOf(manifest).findLast(({ log, number }) => {
    const at = logs.findIndex((entry) => entry.log === log)
    return at < place || (at === place && number <= commit.number)
  })
  const until: readonly ManifestLog[] = logs
    .slice(0, place + 1)
    .map((entry) => (entry.log === commit.log ? { ...entry, sealedAt: commit.number + 1 } : entry))
  return (await readState(store, reader, { ...manifest, logs: until, checkpoint })).shard
}

/** The checkpoints that are kept, oldest first. */
export const pointersOf = ({ checkpoint, retained }: Manifest): readonly CheckpointPointer[] =>
  checkpoint ? [...retained, checkpoint] : retained

const unknown = ({ log, number }: Commit, ranges: readonly CommitRange[]): MillraceError => {
  const there = ranges.map((range) => `${range.log} ${range.first} to ${range.last ?? 'its end'}`).join(', ')
  return new MillraceError(
    'COMMIT_UNKNOWN',
    `there is no commit ${number} of log ${log} any more, or not yet; there are: ${there}. ` +
      'checkpoint.retention says how far back they are kept',
  )
}
