import { corruptObject, seal, unseal } from './envelope.ts'
import type { CheckpointPlace } from './manifest.ts'
import type { ByteReader, ByteWriter } from '../model/bytes.ts'
import type { Spread } from '../model/key-group.ts'

/** What a checkpoint consists of: what belongs to no slot, and where the rest stands. */
export interface Root extends CheckpointPlace {
  readonly spread: Spread
  /** Functions, counters, positions, parked records: a journal to replay before the segments. */
  readonly head: Uint8Array
  /** In the order in which they are to be replayed. */
  readonly segments: readonly Segment[]
  /** By slot: the bytes of its sections that were written whole; all later ones are deltas. */
  readonly bases: ReadonlyMap<number, number>
}

/** An object with sections of several slots, written at once. */
export interface Segment {
  readonly key: string
  /** Of the object, with all that is in it. */
  readonly bytes: number
  /** Bytes by slot; those whose content was written anew later are not listed, and not to be read. */
  readonly slots: ReadonlyMap<number, number>
}

export const encodeRoot = (root: Root): Uint8Array =>
  seal('root', root.head.length + 1024, (out) => {
    out.text(root.log)
    out.uint(root.number)
    out.uint(root.clockMs)
    out.uint(root.spread.maxParallelism)
    out.uint(root.spread.slots)
    out.blob(root.head)
    writeSlots(out, root.bases)
    out.uint(root.segments.length)
    for (const { key, bytes, slots } of root.segments) {
      out.text(key)
      out.uint(bytes)
      writeSlots(out, slots)
    }
  })

/** Throws STORE_CORRUPT naming `key` for what is no intact root of this place. */
export const decodeRoot = (bytes: Uint8Array, key: string, place: CheckpointPlace): Root => {
  const { kind, content } = unseal(bytes, key)
  if (kind !== 'root') throw corruptObject(key, `holds a ${kind}, not the root of a checkpoint`)
  const is = { log: content.text(), number: content.uint(), clockMs: content.uint() }
  if (is.log !== place.log || is.number !== place.number)
    throw corruptObject(key, `is the root of window ${is.number} of log ${is.log}`)
  const spread = { maxParallelism: content.uint(), slots: content.uint() }
  const head = content.blob()
  const readSlots = (): ReadonlyMap<number, number> => slotsIn(content, spread.slots, key)
  const bases = readSlots()
  const segments: Segment[] = []
  for (let left = content.uint(); left > 0; left--)
    segments.push({ key: content.text(), bytes: content.uint(), slots: readSlots() })
  return { ...is, spread, head, bases, segments }
}

const writeSlots = (out: ByteWriter, slots: ReadonlyMap<number, number>): void => {
  out.uint(slots.size)
  for (const [slot, bytes] of slots) {
    out.uint(slot)
    out.uint(bytes)
  }
}

const slotsIn = (content: ByteReader, count: number, key: string): ReadonlyMap<number, number> => {
  const slots = new Map<number, number>()
  for (let left = content.uint(); left > 0; left--) {
    const slot = content.uint()
    if (slot >= count) throw corruptObject(key, `speaks of slot ${slot} of ${count}`)
    slots.set(slot, content.uint())
  }
  return slots
}
