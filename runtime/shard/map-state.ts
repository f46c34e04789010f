import type { MapPart, MissingState } from '../model/invocation.ts'
import type { MapCell } from '../model/state-cells.ts'

/** Map keys are bytes, JavaScript's Map wants text: each of the 256 bytes is a character of its own. A decoder takes four times as long. */
const textOf = (key: Uint8Array): string => Buffer.prototype.latin1Slice.call(key, 0, key.length)

/** Keys that were asked for and are remembered, and so many bytes of entries that may go along on the mere chance. */
export const askedKeysMax = 32
const chanceBytesMax = 4 << 10

interface Asked {
  readonly text: string
  readonly keyOnly: boolean
}

/** A map, encoded, by encoded keys. */
export class MapState {
  readonly entries = new Map<string, MapCell>()
  bytes = 0
  /** What handlers have asked for, the last ones last. No log knows of it: it only spares calls. */
  private asked: Asked[] | undefined

  /** Answers by how many bytes it has grown. */
  put(cell: MapCell): number {
    const text = textOf(cell.key)
    const before = this.entries.get(text)
    const growth = before ? cell.value.length - before.value.length : cell.key.length + cell.value.length
    this.entries.set(text, cell)
    this.bytes += growth
    return growth
  }

  /** Answers by how many bytes it has grown. */
  remove(key: Uint8Array): number {
    const text = textOf(key)
    const before = this.entries.get(text)
    if (!before) return 0
    this.entries.delete(text)
    const growth = -(before.key.length + before.value.length)
    this.bytes += growth
    return growth
  }

  /** A handler lacks these entries. */
  ask({ keys, keysOnly: keyOnly }: MissingState): void {
    const texts = keys.map(textOf)
    const others = this.asked?.filter(({ text }) => !texts.includes(text)) ?? []
    this.asked = [...others, ...texts.map((text) => ({ text, keyOnly }))].slice(-askedKeysMax)
  }

  /** The map with the entries that were asked for last: the last `due` of them, and more if they are small. */
  part(due: number): MapPart {
    const entries: MapCell[] = []
    const absent: Uint8Array[] = []
    const present: Uint8Array[] = []
    const { asked = [] } = this
    let bytes = 0
    for (let place = asked.length - 1; place >= 0; place--) {
      const { text, keyOnly } = asked[place]!
      const cell = this.entries.get(text)
      bytes += text.length + (keyOnly ? 0 : (cell?.value.length ?? 0))
      if (place < asked.length - due && bytes > chanceBytesMax) break
      if (!cell) absent.push(Buffer.from(text, 'latin1'))
      else if (keyOnly) present.push(cell.key)
      else entries.push(cell)
    }
    return { kind: 'map-part', count: this.entries.size, entries, absent, present }
  }
}
