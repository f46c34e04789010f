import { utf8Encode } from '../../../runtime/model/bytes.ts'

/** What the applications of the bench are fed with: about 100 bytes of JSON. */
export interface Event {
  readonly key: string
  readonly n: number
  readonly text: string
  /** Its handler does what the workload says: it fails, or waits. */
  readonly marked?: boolean
}

/** Which events there are. Handed to processes as JSON. */
export interface Load {
  readonly keys: number
  /** One key of so many has its events marked, or left out. */
  readonly marks?: { readonly oneOf: number; readonly as: 'marked' | 'left-out' }
  /** Every other event is of one key. */
  readonly hot?: boolean
}

const isOfMarkedKey = (n: number, { keys, marks }: Load): boolean =>
  marks !== undefined && ((n * 7919) % keys) % marks.oneOf === 0

/** The event number `n`; undefined for one that is left out. */
export const eventOf = (n: number, load: Load): { key: string; value: Uint8Array } | undefined => {
  const marked = isOfMarkedKey(n, load)
  if (marked && load.marks?.as === 'left-out') return undefined
  const key = load.hot === true && n % 2 === 0 ? 'hot' : `key-${(n * 7919) % load.keys}`
  const event: Event = { key, n, text: 'the quick brown fox jumps over the lazy dog, and again' }
  return { key, value: utf8Encode(JSON.stringify(marked ? { ...event, marked } : event)) }
}

/** How many of `count` events are of keys that are not marked. */
export const othersOf = (count: number, load: Load): number => {
  let others = 0
  for (let n = 0; n < count; n++) if (!isOfMarkedKey(n, load)) others++
  return others
}
