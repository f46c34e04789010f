import { jsonOf } from '../../coordinator/savepoints.ts'
import { commitState, type WantedCommit } from '../../log/savepoint/commit-state.ts'
import type { SavepointDescription } from '../../log/savepoint/description.ts'
import type { SavepointFolder } from '../../log/savepoint/savepoint-folder.ts'
import { SavepointWriter } from '../../log/savepoint/savepoint-writer.ts'
import { parquetFiles } from '../../platform/parquet.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { SavepointSession } from './savepoint-session.ts'

/** Reads the state of a commit that is still kept from the bucket, whoever runs, and writes it as a savepoint. */
export const pastSavepoint = async (
  session: SavepointSession,
  name: string,
  folder: SavepointFolder,
  wanted: WantedCommit,
): Promise<SavepointDescription> => {
  const uuid = await session.uuid()
  const { shard, commit, clockMs, manifest } = await commitState(session.store, systemClock, uuid, wanted)
  const { application, maxParallelism } = manifest
  const breathe = (): Promise<void> => Promise.resolve()
  const writer = new SavepointWriter(folder, maxParallelism, { format: parquetFiles, toJson: jsonOf, breathe })
  await writer.add(shard)
  return writer.finish({ name, application, uuid, createdMs: systemClock.now(), commit, clockMs, maxParallelism })
}
