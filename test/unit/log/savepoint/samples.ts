import fc from 'fast-check'
import { loadSavepoint, type Loaded } from '../../../../runtime/log/savepoint/load-savepoint.ts'
import type { FunctionNames } from '../../../../runtime/log/savepoint/function-names.ts'
import type { SavepointDescription } from '../../../../runtime/log/savepoint/description.ts'
import { SavepointFolder } from '../../../../runtime/log/savepoint/savepoint-folder.ts'
import { SavepointWriter, type WriterOptions } from '../../../../runtime/log/savepoint/savepoint-writer.ts'
import { parquetFiles } from '../../../../runtime/platform/parquet.ts'
import { systemClock } from '../../../../runtime/platform/system-clock.ts'
import { Journal } from '../../../../runtime/shard/journal.ts'
import { Shard } from '../../../../runtime/shard/shard.ts'
import { memoryStore } from '../../../../runtime/storage/memory.ts'
import { command, declare, perform, type Command } from '../../shard/model.ts'

export const commands = fc.array(command, { maxLength: 60 })

/** A shard after these commands, its window closed. */
export const shardAfter = (given: readonly Command[]): Shard => {
  const shard = new Shard()
  shard.journal = new Journal()
  declare(shard)
  for (const each of given) perform(shard, each)
  shard.journalArrivals()
  shard.journal.take()
  return shard
}

export const origin = {
  name: 'nightly',
  application: 'bank',
  uuid: 'u',
  createdMs: 1_700_000_000_000,
  commit: { log: 'l', number: 7 },
  clockMs: 1_600_000_000_000,
  maxParallelism: 960,
}

export const folderIn = (store = memoryStore(systemClock), prefix = 'u/savepoints/nightly') => ({
  store,
  folder: new SavepointFolder(store, systemClock, prefix),
})

export const saved = async (
  parts: Iterable<Shard>,
  folder: SavepointFolder,
  options: Partial<WriterOptions> = {},
): Promise<SavepointDescription> => {
  const all = { format: parquetFiles, toJson: () => null, breathe: () => Promise.resolve(), ...options }
  const writer = new SavepointWriter(folder, origin.maxParallelism, all)
  for (const part of parts) await writer.add(part)
  return writer.finish(origin)
}

export const loaded = async (folder: SavepointFolder, names?: FunctionNames): Promise<Loaded> =>
  loadSavepoint(folder, await folder.described(), parquetFiles, names)
