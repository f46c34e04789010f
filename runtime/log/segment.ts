import type { Section } from '../shard/snapshot.ts'
import { corruptObject, seal, unseal } from './envelope.ts'
import { segmentKey } from './names.ts'

/** Which segment of which checkpoint an object is. */
export interface SegmentPlace {
  readonly log: string
  readonly number: number
  readonly part: number
}

export const encodeSegment = ({ log, number, part }: SegmentPlace, sections: readonly Section[]): Uint8Array =>
  seal('segment', 256 + sections.reduce((sum, { journal }) => sum + journal.length + 16, 0), (out) => {
    out.text(log)
    out.uint(number)
    out.uint(part)
    out.uint(sections.length)
    for (const { slot, journal } of sections) {
      out.uint(slot)
      out.blob(journal)
    }
  })

/** Its sections, as views into `bytes`. Throws STORE_CORRUPT naming `key` for what is no intact segment of this name. */
export const decodeSegment = (bytes: Uint8Array, key: string): readonly Section[] => {
  const { kind, content } = unseal(bytes, key)
  if (kind !== 'segment') throw corruptObject(key, `holds a ${kind}, not a segment of a checkpoint`)
  const is = { log: content.text(), number: content.uint(), part: content.uint() }
  if (!key.endsWith(segmentKey('', is.log, is.number, is.part)))
    throw corruptObject(key, `holds segment ${is.part} of window ${is.number} of log ${is.log}`)
  const sections: Section[] = []
  for (let left = content.uint(); left > 0; left--) sections.push({ slot: content.uint(), journal: content.blob() })
  return sections
}
