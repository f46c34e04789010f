import type { ObjectStore } from '../ports/object-store.ts'
import type { Manifest } from './manifest.ts'
import { checkpointPrefix, entryKey, logPrefix } from './names.ts'

// Removing what nobody can need any more (rules 7 and 20): windows behind a checkpoint that are published, parts of
// checkpoints that the manifest does not point to. Seals and claims are never removed: a seal outlives its log.
const deleteAtOnce = 500
const orphanAgeMs = 3_600_000

/** Deletes windows `first` to `last` of a log. */
export const trimLog = async (
  store: ObjectStore,
  uuid: string,
  log: string,
  first: number,
  last: number,
): Promise<void> => {
  for (let from = first; from <= last; from += deleteAtOnce) {
    const count = Math.min(deleteAtOnce, last - from + 1)
    await store.delete(Array.from({ length: count }, (_, i) => entryKey(uuid, log, from + i)))
  }
}

/** Deletes all windows of a sealed log, which may have been trimmed before. */
export const collectLog = async (store: ObjectStore, uuid: string, log: string, sealedAt: number): Promise<void> => {
  const sealKey = entryKey(uuid, log, sealedAt)
  const keys: string[] = []
  for await (const { key } of store.list(logPrefix(uuid, log)))
    if (key < sealKey && /\/\d{12}$/.test(key)) keys.push(key)
  for (let from = 0; from < keys.length; from += deleteAtOnce) await store.delete(keys.slice(from, from + deleteAtOnce))
}

/** Deletes parts of checkpoints that were never finished, once no upload of them can still be under way. */
export const collectOrphans = async (store: ObjectStore, manifest: Manifest, nowMs: number): Promise<void> => {
  const pointed = new Set(manifest.checkpoint?.parts)
  const orphans: string[] = []
  for await (const { key, modifiedMs } of store.list(checkpointPrefix(manifest.uuid)))
    if (!pointed.has(key) && nowMs - modifiedMs > orphanAgeMs) orphans.push(key)
  for (let from = 0; from < orphans.length; from += deleteAtOnce)
    await store.delete(orphans.slice(from, from + deleteAtOnce))
}
