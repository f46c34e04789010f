import type { ObjectStore } from '../ports/object-store.ts'
import { readRoot } from './checkpoint.ts'
import { decodeEntry } from './log-entry.ts'
import type { CheckpointPointer, Manifest } from './manifest.ts'
import { checkpointPrefix, entryKey, logPrefix, logsPrefix } from './names.ts'

// Removing what nobody can need any more (rules 7 and 20): windows behind a checkpoint that are published, objects of
// checkpoints that the manifest does not point to. Seals and claims are never removed: a seal outlives its log.
const deleteAtOnce = 500
const orphanAgeMs = 3_600_000

export const deleteAll = async (store: ObjectStore, keys: readonly string[]): Promise<void> => {
  for (let from = 0; from < keys.length; from += deleteAtOnce) await store.delete(keys.slice(from, from + deleteAtOnce))
}

/** Deletes windows `first` to `last` of a log. */
export const trimLog = (store: ObjectStore, uuid: string, log: string, first: number, last: number): Promise<void> =>
  deleteAll(
    store,
    Array.from({ length: last - first + 1 }, (_, i) => entryKey(uuid, log, first + i)),
  )

/** Deletes all windows of a sealed log, which may have been trimmed before. */
export const collectLog = async (store: ObjectStore, uuid: string, log: string, sealedAt: number): Promise<void> => {
  const sealKey = entryKey(uuid, log, sealedAt)
  const keys: string[] = []
  for await (const { key } of store.list(logPrefix(uuid, log)))
    if (key < sealKey && /\/\d{12}$/.test(key)) keys.push(key)
  await deleteAll(store, keys)
}

/** All objects that a checkpoint consists of. */
export const objectsOf = async (store: ObjectStore, pointer: CheckpointPointer): Promise<readonly string[]> => {
  if ('parts' in pointer) return pointer.parts
  const { segments } = await readRoot(store, pointer.root, pointer)
  return [pointer.root, ...segments.map(({ key }) => key)]
}

/**
 * Deletes what incarnations that crashed have left: objects of checkpoints that were never pointed to, windows of logs that
 * the manifest does not name any more. Only what is so old that no upload of it can still be under way, and nothing of the
 * own log `own`: what its checkpoints write may be pointed to while this goes on. A manifest that was read before others took
 * over does no harm: what it does not need, no later one needs either, but for what is new.
 */
export const collectOrphans = async (
  store: ObjectStore,
  manifest: Manifest,
  own: string,
  nowMs: number,
): Promise<void> => {
  const { uuid, checkpoint, retained } = manifest
  const needed = new Set<string>()
  for (const pointer of checkpoint ? [...retained, checkpoint] : retained)
    for (const key of await objectsOf(store, pointer)) needed.add(key)
  const isOrphan = ({ key, modifiedMs }: { key: string; modifiedMs: number }): boolean =>
    nowMs - modifiedMs > orphanAgeMs && !needed.has(key)
  const orphans: string[] = []
  for await (const object of store.list(checkpointPrefix(uuid)))
    if (isOrphan(object) && !object.key.startsWith(`${checkpointPrefix(uuid)}${own}/`)) orphans.push(object.key)
  await deleteAll(store, orphans)
  const named = new Set([own, ...manifest.logs.map(({ log }) => log)])
  const forgotten = new Map<string, string[]>()
  for await (const object of store.list(logsPrefix(uuid))) {
    const [log, name] = object.key.slice(logsPrefix(uuid).length).split('/')
    if (log === undefined || name === undefined || named.has(log) || !/^\d{12}$/.test(name) || !isOrphan(object))
      continue
    const keys = forgotten.get(log)
    if (keys) keys.push(object.key)
    else forgotten.set(log, [object.key])
  }
  for (const [log, keys] of forgotten) await deleteAll(store, await windowsOf(store, log, keys))
}

/** Of the entries of a log that is sealed, in order: those below its lowest seal. */
const windowsOf = async (store: ObjectStore, log: string, keys: readonly string[]): Promise<readonly string[]> => {
  // One that is alone is the seal, as in all logs that were collected to the end.
  for (let last = keys.length - 1; last > 0; last--) {
    const key = keys[last - 1]!
    const object = await store.get(key)
    if (!object) return []
    if (decodeEntry(object.bytes, key, log, Number(key.slice(-12))).kind === 'window') return keys.slice(0, last)
  }
  return []
}
