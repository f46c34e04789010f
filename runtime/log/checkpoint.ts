import { isMillraceError, MillraceError } from '../model/errors.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { replay } from '../shard/replay.ts'
import type { Shard } from '../shard/shard.ts'
import { corruptObject, unseal } from './envelope.ts'
import type { CheckpointPlace, CheckpointPointer, PartsPointer } from './manifest.ts'
import { readAhead } from './read-ahead.ts'
import { decodeRoot, type Root, type Segment } from './root.ts'
import { decodeSegment } from './segment.ts'

/** Makes the state that a checkpoint holds in an empty shard. Undefined for one of before there were roots. */
export const readCheckpoint = async (
  store: ObjectStore,
  pointer: CheckpointPointer,
  shard: Shard,
): Promise<Root | undefined> => {
  if (!('root' in pointer)) {
    for await (const journal of readAhead(parts(pointer), (part) => readPart(store, pointer, part)))
      replay(journal, shard)
    return undefined
  }
  const root = decodeRoot(await present(store, pointer.root), pointer.root, pointer)
  const { slots, maxParallelism } = shard.changes.spread
  if (root.spread.slots !== slots || root.spread.maxParallelism !== maxParallelism)
    throw corruptObject(pointer.root, `is spread over ${root.spread.slots} slots, the application over ${slots}`)
  naming(pointer.root, () => replay(root.head, shard))
  for await (const [segment, bytes] of readAhead(root.segments, (each) => readSegment(store, each)))
    naming(segment.key, () => {
      for (const { slot, journal } of decodeSegment(bytes, segment.key))
        if (segment.slots.has(slot)) replay(journal, shard, slot)
    })
  shard.loaded()
  return root
}

/** Throws STORE_CORRUPT when it is missing. */
export const readRoot = async (store: ObjectStore, key: string, place: CheckpointPlace): Promise<Root> =>
  decodeRoot(await present(store, key), key, place)

const readSegment = async (store: ObjectStore, segment: Segment): Promise<[Segment, Uint8Array]> => [
  segment,
  plain(await present(store, segment.key)),
]

/** Parts of it are kept as state: of a Buffer they would be Buffers. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)

const present = async (store: ObjectStore, key: string): Promise<Uint8Array> => {
  const object = await store.get(key)
  if (object) return object.bytes
  throw corruptObject(key, 'is missing, though the checkpoint needs it')
}

/** What cannot be replayed is told with the name of the object that holds it. */
export const naming = (key: string, act: () => void): void => {
  try {
    act()
  } catch (error) {
    if (!isMillraceError(error) || error.message.includes(key)) throw error
    throw new MillraceError('STORE_CORRUPT', `${key}: ${error.message}`, { cause: error })
  }
}

const parts = (pointer: PartsPointer): readonly { key: string; part: number; bytes: number }[] =>
  pointer.parts.map((key, part) => ({ key, part, bytes: 1 << 20 }))

const readPart = async (
  store: ObjectStore,
  pointer: PartsPointer,
  { key, part }: { key: string; part: number },
): Promise<Uint8Array> => {
  const { kind, content } = unseal(await present(store, key), key)
  const is = { log: content.text(), number: content.uint(), part: content.uint() }
  if (kind !== 'checkpoint' || is.log !== pointer.log || is.number !== pointer.number || is.part !== part)
    throw corruptObject(key, `holds something else than part ${part} of its checkpoint`)
  return content.blob()
}
