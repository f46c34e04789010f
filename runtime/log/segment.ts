import type { Section } from '../shard/snapshot.ts'
import { ByteWriter } from '../model/bytes.ts'
import { beginObject, corruptObject, endObject, unseal } from './envelope.ts'
import { segmentKey } from './names.ts'

/** Which segment of which checkpoint an object is. */
export interface SegmentPlace {
  readonly log: string
  readonly number: number
  readonly part: number
}

/** Puts a segment together. Its buffer serves for one after the other. */
export class SegmentWriter {
  private out = new ByteWriter(1 << 10)
  private slots = new Map<number, number>()
  /** Of the sections. */
  bytes = 0

  add({ slot, journal }: Section, place: SegmentPlace): void {
    const { out, slots } = this
    if (slots.size === 0) {
      beginObject(out.reset(), 'segment')
      out.text(place.log)
      out.uint(place.number)
      out.uint(place.part)
    }
    out.uint(slot)
    out.blob(journal)
    this.bytes += journal.length
    slots.set(slot, (slots.get(slot) ?? 0) + journal.length)
  }

  /** The segment, as a view that is valid until the next section is added, and its bytes by slot. */
  take(): { object: Uint8Array; slots: ReadonlyMap<number, number> } {
    const { slots } = this
    this.slots = new Map()
    this.bytes = 0
    return { object: endObject(this.out), slots }
  }

  /** Never again writes to what was taken last. */
  leave(): void {
    this.out = new ByteWriter(1 << 10)
  }
}

/** Its sections, as views into `bytes`. Throws STORE_CORRUPT naming `key` for what is no intact segment of this name. */
export const decodeSegment = (bytes: Uint8Array, key: string): readonly Section[] => {
  const { kind, content } = unseal(bytes, key)
  if (kind !== 'segment') throw corruptObject(key, `holds a ${kind}, not a segment of a checkpoint`)
  const is = { log: content.text(), number: content.uint(), part: content.uint() }
  if (!key.endsWith(segmentKey('', is.log, is.number, is.part)))
    throw corruptObject(key, `holds segment ${is.part} of window ${is.number} of log ${is.log}`)
  const sections: Section[] = []
  while (!content.done) sections.push({ slot: content.uint(), journal: content.blob() })
  return sections
}
