import { MillraceError } from '../model/errors.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { replay } from '../shard/replay.ts'
import type { Shard } from '../shard/shard.ts'
import type { Snapshot } from '../shard/snapshot.ts'
import { seal, unseal } from './envelope.ts'
import type { CheckpointPointer } from './manifest.ts'
import { checkpointPartKey } from './names.ts'

const partBytes = 1 << 20

/** What a checkpoint is of: all windows up to `number` of `log`. */
export interface CheckpointPlace {
  readonly uuid: string
  readonly log: string
  readonly number: number
  readonly clockMs: number
}

/**
 * Writes a snapshot part by part while the shard goes on. It counts only once the manifest points to it: until then its
 * parts are orphans.
 */
export const writeCheckpoint = async (
  store: ObjectStore,
  clock: Clock,
  snapshot: Snapshot,
  place: CheckpointPlace,
): Promise<CheckpointPointer> => {
  const { uuid, log, number, clockMs } = place
  const parts: string[] = []
  for (;;) {
    const journal = snapshot.step(partBytes)
    if (!journal) return { log, number, clockMs, parts }
    const key = checkpointPartKey(uuid, log, number, parts.length)
    const bytes = seal('checkpoint', journal.length + 128, (out) => {
      out.text(log)
      out.uint(number)
      out.uint(parts.length)
      out.blob(journal)
    })
    parts.push(key)
    for (let pause = 50; (await store.put(key, bytes)).kind !== 'ok'; pause = Math.min(pause * 2, 2_000))
      await sleep(clock, pause)
  }
}

/** Makes the state that a checkpoint holds in an empty shard. */
export const readCheckpoint = async (store: ObjectStore, pointer: CheckpointPointer, shard: Shard): Promise<void> => {
  const ahead = 4
  const reading: Promise<Uint8Array>[] = []
  for (let part = 0; part < pointer.parts.length; part++) {
    for (let next = part + reading.length; reading.length < ahead && next < pointer.parts.length; next++) {
      const bytes = readPart(store, pointer, next)
      bytes.catch(() => undefined)
      reading.push(bytes)
    }
    const journal = await reading.shift()
    if (journal) replay(journal, shard)
  }
}

const readPart = async (store: ObjectStore, pointer: CheckpointPointer, part: number): Promise<Uint8Array> => {
  const key = pointer.parts[part] ?? ''
  const object = await store.get(key)
  if (!object)
    throw new MillraceError(
      'STORE_CORRUPT',
      `part ${key} of the checkpoint is missing: restore it from a copy of the bucket`,
    )
  const { kind, content } = unseal(object.bytes, key)
  const is = { log: content.text(), number: content.uint(), part: content.uint() }
  if (kind !== 'checkpoint' || is.log !== pointer.log || is.number !== pointer.number || is.part !== part)
    throw new MillraceError('STORE_CORRUPT', `${key} holds something else than part ${part} of its checkpoint`)
  return content.blob()
}
