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
  /** One key of so many is special: its events are marked, left out, or as all others. */
  readonly marks?: { readonly oneOf: number; readonly as: 'marked' | 'left-out' | 'plain' }
  /** Every other event is of one key. */
  readonly hot?: boolean
  /** Of each event; about 100 unless given. */
  readonly bytes?: number
}

/** Neighbours in time have keys that lie far apart. */
const keyNumber = (n: number, { keys }: Load): number => (n * 7919) % keys

const isMarked = (number: number, { marks }: Load): boolean => marks !== undefined && number % marks.oneOf === 0

/** Whether the key of an event, or of what came of it, is one of the special ones. */
export const isMarkedKey = (key: string, load: Load): boolean => isMarked(Number(key.slice('key-'.length)), load)

const text = 'the quick brown fox jumps over the lazy dog, and again'
/** Bytes of an event that are not its text. */
const besideText = 36

/** The event number `n`; undefined for one that is left out. */
export const eventOf = (n: number, load: Load): { key: string; value: Uint8Array } | undefined => {
  const number = keyNumber(n, load)
  const special = isMarked(number, load) ? load.marks?.as : undefined
  if (special === 'left-out') return undefined
  const key = load.hot === true && n % 2 === 0 ? 'hot' : `key-${number}`
  const event: Event = { key, n, text: load.bytes === undefined ? text : text.padEnd(load.bytes - besideText, text) }
  return { key, value: utf8Encode(JSON.stringify(special === 'marked' ? { ...event, marked: true } : event)) }
}

/** How many of `count` events are of keys that are not special. */
export const othersOf = (count: number, load: Load): number => {
  let others = 0
  for (let n = 0; n < count; n++) if (!isMarked(keyNumber(n, load), load)) others++
  return others
}
