import { noBytes } from '../model/bytes.ts'
import { WireReader } from '../protocol/wire-reader.ts'
import { bytesFor, encodedCopy, encodedText } from './encoded-bytes.ts'
import type { Type } from './type.ts'

// StateFun's encodings: a protobuf message with one field, `value = 1`, of which a zero value leaves nothing.

const shown = (value: unknown): string => (typeof value === 'string' ? `'${value.slice(0, 50)}'` : String(value))
const refuse = (value: unknown, wanted: string): never => {
  throw new TypeError(`${shown(value)} is no ${wanted}`)
}
const refuseBytes = (bytes: Uint8Array, wanted: string): never => {
  throw new TypeError(`${bytes.length} bytes that are no ${wanted}`)
}

/** The number that is being written or read: a view of short bytes themselves would move them off V8's heap. */
const scratch = new DataView(new ArrayBuffer(8))

/** Fixed-size numbers: a key byte and the number, little endian, which stands in `scratch`. */
const fixed = (key: number, size: number): Uint8Array => {
  const bytes = new Uint8Array(size + 1)
  bytes[0] = key
  for (let i = 0; i < size; i++) bytes[i + 1] = scratch.getUint8(i)
  return bytes
}
/** Puts the number into `scratch`; of no bytes, zero. */
const load = (bytes: Uint8Array, key: number, size: number, what: string): DataView => {
  if (bytes.length > 0 && (bytes.length !== size + 1 || bytes[0] !== key)) return refuseBytes(bytes, what)
  for (let i = 0; i < size; i++) scratch.setUint8(i, bytes[i + 1] ?? 0)
  return scratch
}

/** A whole number of 32 bits, -2147483648 to 2147483647; another is an error, never cut off. */
export const int: Type<number> = {
  typename: 'io.statefun.types/int',
  encode(value) {
    if (typeof value !== 'number' || (value | 0) !== value) return refuse(value, 'whole number of 32 bits')
    if (value === 0) return noBytes
    // Not Uint8Array.of, which takes several times as long.
    const bytes = new Uint8Array(5)
    bytes[0] = 0x0d
    bytes[1] = value
    bytes[2] = value >> 8
    bytes[3] = value >> 16
    bytes[4] = value >> 24
    return bytes
  },
  decode(bytes) {
    if (bytes.length === 0) return 0
    if (bytes.length !== 5 || bytes[0] !== 0x0d) return refuseBytes(bytes, 'int')
    return bytes[1]! | (bytes[2]! << 8) | (bytes[3]! << 16) | (bytes[4]! << 24)
  },
}

/** A whole number of 64 bits; another is an error. */
export const bigint: Type<bigint> = {
  typename: 'io.statefun.types/long',
  encode(value) {
    if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) return refuse(value, 'bigint of 64 bits')
    if (value === 0n) return noBytes
    scratch.setBigInt64(0, value, true)
    return fixed(0x09, 8)
  },
  decode: (bytes) => load(bytes, 0x09, 8, 'bigint').getBigInt64(0, true),
}

/** A number of single precision: what is written is rounded to it. */
export const float: Type<number> = {
  typename: 'io.statefun.types/float',
  encode(value) {
    if (typeof value !== 'number') return refuse(value, 'number')
    if (Object.is(value, 0)) return noBytes
    scratch.setFloat32(0, value, true)
    return fixed(0x0d, 4)
  },
  decode: (bytes) => load(bytes, 0x0d, 4, 'float').getFloat32(0, true),
}

/** Any JavaScript number. */
export const double: Type<number> = {
  typename: 'io.statefun.types/double',
  encode(value) {
    if (typeof value !== 'number') return refuse(value, 'number')
    if (Object.is(value, 0)) return noBytes
    scratch.setFloat64(0, value, true)
    return fixed(0x09, 8)
  },
  decode: (bytes) => load(bytes, 0x09, 8, 'double').getFloat64(0, true),
}

export const boolean: Type<boolean> = {
  typename: 'io.statefun.types/bool',
  encode(value) {
    if (typeof value !== 'boolean') return refuse(value, 'boolean')
    return value ? Uint8Array.of(0x08, 1) : noBytes
  },
  decode(bytes) {
    if (bytes.length === 0) return false
    if (bytes.length !== 2 || bytes[0] !== 0x08 || bytes[1]! > 1) return refuseBytes(bytes, 'boolean')
    return bytes[1] === 1
  },
}

export const string: Type<string> = {
  typename: 'io.statefun.types/string',
  encode(value) {
    if (typeof value !== 'string') return refuse(value, 'string')
    if (value === '') return noBytes
    const text = encodedText(value)
    let size = 2
    for (let rest = text.length; rest > 0x7f; rest >>>= 7) size++
    const bytes = bytesFor(size + text.length)
    bytes[0] = 0x0a
    let at = 1
    let rest = text.length
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80
    bytes[at++] = rest
    bytes.set(text, at)
    return bytes
  },
  decode(bytes) {
    if (bytes.length === 0) return ''
    if (bytes[0] !== 0x0a) return refuseBytes(bytes, 'string')
    const reader = new WireReader(bytes)
    reader.position = 1
    const text = reader.text(bytes.length)
    reader.closed(bytes.length)
    return text
  },
}

/** Bytes as they are. */
export const bytes: Type<Uint8Array> = {
  typename: 'io.millrace.types/bytes',
  encode: (value) => (value instanceof Uint8Array ? encodedCopy(value) : refuse(value, 'Uint8Array')),
  // Not slice(), which is a view where the bytes are a Buffer: what is changed in place would change the original.
  decode: (encoded) => new Uint8Array(encoded),
}

/** Of messages without a payload, and replies that only say that it is done. */
export const nothing: Type<undefined> = {
  typename: 'io.millrace.types/nothing',
  encode: (value) => (value === undefined ? noBytes : refuse(value, 'message without a payload')),
  decode: (encoded) => (encoded.length === 0 ? undefined : refuseBytes(encoded, 'message without a payload')),
  decodeNothing: () => undefined,
}
