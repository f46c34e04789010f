import { crc32 } from 'node:zlib'
import { crc32c } from '../../../runtime/connectors/kafka/crc32c.ts'
import { utf8Decode } from '../../../runtime/model/bytes.ts'
import type { CounterFlow } from './counter-flow.ts'

// The raw limit of each step: what has to be done with the same bytes by anyone, with nothing around it. What they make
// is kept in these, or an optimising compiler would leave it out.
const target = new Uint8Array(4 << 20)
export const kept = { number: 0, value: undefined as unknown }

/** Each key as text, looked up. */
export const lookUp = ({ records }: CounterFlow): ((batch: number) => void) => {
  const byId = new Map<string, object>()
  for (const record of records.flat()) byId.set(utf8Decode(record.key!), record)
  return (batch) => {
    const found: unknown[] = []
    for (const { key } of records[batch]!) found.push(byId.get(utf8Decode(key!)))
    kept.value = found
  }
}

/** Keys and values copied into one buffer. */
export const copyIn =
  ({ records }: CounterFlow): ((batch: number) => void) =>
  (batch) => {
    let at = 0
    for (const { key, value } of records[batch]!) {
      target.set(key!, at)
      at += key!.length
      target.set(value!, at)
      at += value!.length
    }
    kept.number = at
  }

/** Each byte of the answer looked at. */
export const eachByte =
  ({ answers }: CounterFlow): ((batch: number) => void) =>
  (batch) => {
    const bytes = answers[batch]!
    let varints = 0
    for (let i = 0; i < bytes.length; i++) if (bytes[i]! < 128) varints++
    kept.number = varints
  }

/** A copy of each new state, put into a map by its key. */
export const setState = (flow: CounterFlow): ((batch: number) => void) => {
  const states = new Map<string, Uint8Array>()
  const ids = flow.records.map((batch) => batch.map(({ key }) => utf8Decode(key!)))
  return (batch) => {
    for (const { call, mutations } of flow.results[batch]!) {
      const [mutation] = mutations
      if (mutation?.op === 'set') states.set(ids[batch]![call]!, new Uint8Array(mutation.value))
    }
  }
}

/** Keys and values of the records that come out, copied into one buffer. */
export const copyOut =
  ({ results }: CounterFlow): ((batch: number) => void) =>
  (batch) => {
    let at = 0
    for (const { emits } of results[batch]!)
      for (const { key, value } of emits) {
        target.set(key!, at)
        at += key!.length
        target.set(value!, at)
        at += value!.length
      }
    kept.number = at
  }

/** A copy of the window and its checksum. */
export const copyWindow =
  ({ windows }: CounterFlow): ((batch: number) => void) =>
  (batch) => {
    const bytes = windows[batch]!
    target.set(bytes)
    kept.number = crc32(target.subarray(0, bytes.length))
  }

/** A copy of bytes for Kafka and their checksum. */
export const copyBatch = (bytes: Uint8Array): void => {
  target.set(bytes)
  kept.number = crc32c(target, 0, bytes.length)
}

/** The checksum of a record batch and a walk over its records, without an object for any. */
export const walkBatch = (bytes: Buffer): void => {
  let sum = crc32c(bytes, 21)
  let at = 61
  const varint = (): number => {
    let byte = bytes[at++]!
    let value = byte & 127
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[at++]!
      value |= (byte & 127) << shift
    }
    return (value >>> 1) ^ -(value & 1)
  }
  for (let left = bytes.readInt32BE(57); left > 0; left--) {
    varint()
    at++
    sum += varint() + varint()
    at += Math.max(0, varint())
    at += Math.max(0, varint())
    varint()
  }
  kept.number = sum
}
