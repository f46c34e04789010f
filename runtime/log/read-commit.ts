import { MillraceError } from '../model/errors.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { replay } from '../shard/replay.ts'
import { Shard } from '../shard/shard.ts'
import { readCheckpoint } from './checkpoint.ts'
import type { Manifest } from './manifest.ts'
import type { LogReader } from './take-over.ts'

/** A commit: one window of one log. */
export interface Commit {
  readonly log: string
  readonly number: number
}

/**
 * The state as of a commit that is still kept: the checkpoint before it and the windows up to it. Touches nothing.
 * @throws a MillraceError COMMIT_UNKNOWN where the bucket does not have it any more, or not yet
 */
export const readCommit = async (
  store: ObjectStore,
  reader: LogReader,
  manifest: Manifest,
  commit: Commit,
): Promise<Shard> => {
  const { checkpoint, logs } = manifest
  const from = checkpoint ? logs.findIndex(({ log }) => log === checkpoint.log) : 0
  const place = logs.findIndex(({ log }) => log === commit.log)
  const isCheckpoint = checkpoint?.log === commit.log && checkpoint.number === commit.number
  const isBefore = place < from || (place === from && commit.number < (checkpoint?.number ?? 1))
  if (!isCheckpoint && (place < 0 || isBefore)) throw unknown(commit, checkpoint)
  if (!isCheckpoint && (await reader.entry(commit.log, commit.number))?.kind !== 'window')
    throw unknown(commit, checkpoint)
  const shard = new Shard()
  if (checkpoint) await readCheckpoint(store, checkpoint, shard)
  for (const { log, sealedAt } of isCheckpoint ? [] : logs.slice(Math.max(0, from), place + 1)) {
    const first = checkpoint?.log === log ? checkpoint.number + 1 : 1
    const end = log === commit.log ? commit.number + 1 : (sealedAt ?? 0)
    for await (const { journal } of reader.windows(log, first, end)) replay(journal, shard)
  }
  return shard
}

const unknown = (commit: Commit, checkpoint: Manifest['checkpoint']): MillraceError =>
  new MillraceError(
    'COMMIT_UNKNOWN',
    `commit ${commit.log}/${commit.number} is not in the bucket${
      checkpoint ? `; the oldest that is kept is ${checkpoint.log}/${checkpoint.number}` : ''
    }`,
  )
