import { noBytes, utf8Decode, utf8Encode } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import { WireReader } from './wire-reader.ts'

// Values of the built-in types as JSON, for people with curl and for the status page. The bytes are StateFun's, as in the
// SDK's primitive types; what a 64-bit number or a double cannot say as a JSON number is a text, as protobuf's JSON has it.

interface JsonCodec {
  /** Undefined where the JSON is no such value. */
  readonly write: (json: unknown) => Uint8Array | undefined
  /** Undefined where the bytes are no such value. */
  readonly read: (bytes: Uint8Array) => unknown
  readonly wanted: string
}

const fixed = (key: number, size: number, write: (view: DataView) => void): Uint8Array => {
  const bytes = new Uint8Array(size + 1)
  bytes[0] = key
  write(new DataView(bytes.buffer, 1))
  return bytes
}
const fixedCodec = (key: number, size: number, read: (view: DataView) => unknown, zero: unknown): JsonCodec['read'] => {
  return (bytes) => {
    if (bytes.length === 0) return zero
    if (bytes.length !== size + 1 || bytes[0] !== key) return undefined
    return read(new DataView(bytes.buffer, bytes.byteOffset + 1, size))
  }
}

const oddNumbers = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])
const numberOf = (json: unknown): number | undefined =>
  typeof json === 'number' ? json : typeof json === 'string' ? oddNumbers.get(json) : undefined
const jsonOfNumber = (value: number): number | string => (Number.isFinite(value) ? value : String(value))
const jsonOfLong = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value)

const longOf = (json: unknown): bigint | undefined => {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : undefined
  if (typeof json !== 'string' || !/^-?\d{1,19}$/.test(json)) return undefined
  const value = BigInt(json)
  return BigInt.asIntN(64, value) === value ? value : undefined
}

const writeText = (json: unknown): Uint8Array | undefined => {
  if (typeof json !== 'string') return undefined
  const text = utf8Encode(json)
  if (text.length === 0) return noBytes
  const head = [0x0a]
  let rest = text.length
  for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80)
  head.push(rest)
  const bytes = new Uint8Array(head.length + text.length)
  bytes.set(head)
  bytes.set(text, head.length)
  return bytes
}

const readText = (bytes: Uint8Array): string | undefined => {
  if (bytes.length === 0) return ''
  if (bytes[0] !== 0x0a) return undefined
  const reader = new WireReader(bytes)
  reader.position = 1
  const text = reader.text(bytes.length)
  return reader.position === bytes.length ? text : undefined
}

const codecs: ReadonlyMap<string, JsonCodec> = new Map<string, JsonCodec>([
  [
    'io.statefun.types/bool',
    {
      wanted: 'true or false',
      write: (json) => (typeof json !== 'boolean' ? undefined : json ? Uint8Array.of(0x08, 1) : noBytes),
      read: (bytes) =>
        bytes.length === 0
          ? false
          : bytes.length === 2 && bytes[0] === 0x08 && bytes[1]! <= 1
            ? bytes[1] === 1
            : undefined,
    },
  ],
  [
    'io.statefun.types/int',
    {
      wanted: 'a whole number of 32 bits',
      write: (json) => {
        if (typeof json !== 'number' || (json | 0) !== json) return undefined
        return json === 0 ? noBytes : fixed(0x0d, 4, (view) => view.setInt32(0, json, true))
      },
      read: fixedCodec(0x0d, 4, (view) => view.getInt32(0, true), 0),
    },
  ],
  [
    'io.statefun.types/long',
    {
      wanted: 'a whole number of 64 bits, beyond 2^53 as a text',
      write: (json) => {
        const value = longOf(json)
        if (value === undefined || value === 0n) return value === undefined ? undefined : noBytes
        return fixed(0x09, 8, (view) => view.setBigInt64(0, value, true))
      },
      read: fixedCodec(0x09, 8, (view) => jsonOfLong(view.getBigInt64(0, true)), 0),
    },
  ],
  [
    'io.statefun.types/float',
    {
      wanted: "a number, 'NaN', 'Infinity' or '-Infinity'",
      write: (json) => {
        const value = numberOf(json)
        if (value === undefined || Object.is(value, 0)) return value === undefined ? undefined : noBytes
        return fixed(0x0d, 4, (view) => view.setFloat32(0, value, true))
      },
      read: fixedCodec(0x0d, 4, (view) => jsonOfNumber(view.getFloat32(0, true)), 0),
    },
  ],
  [
    'io.statefun.types/double',
    {
      wanted: "a number, 'NaN', 'Infinity' or '-Infinity'",
      write: (json) => {
        const value = numberOf(json)
        if (value === undefined || Object.is(value, 0)) return value === undefined ? undefined : noBytes
        return fixed(0x09, 8, (view) => view.setFloat64(0, value, true))
      },
      read: fixedCodec(0x09, 8, (view) => jsonOfNumber(view.getFloat64(0, true)), 0),
    },
  ],
  ['io.statefun.types/string', { wanted: 'a text', write: writeText, read: readText }],
])

/** Whether values of this type are converted from and to JSON; those of every other type are JSON already, or opaque. */
export const isBuiltIn = (typename: string | undefined): boolean => typename !== undefined && codecs.has(typename)

/**
 * The bytes of a JSON value of a built-in type. Throws a MillraceError VALUE_INVALID where it is no such value.
 * @param what names the value in the error
 * @example valueFromJson('io.statefun.types/int', 5, 'bank/account.deposit')
 */
export const valueFromJson = (typename: string, json: unknown, what: string): Uint8Array => {
  const codec = codecs.get(typename)
  const bytes = codec?.write(json)
  if (bytes) return bytes
  const shown = (JSON.stringify(json) ?? String(json)).slice(0, 100)
  throw new MillraceError('VALUE_INVALID', `${what}: ${shown} is not ${codec?.wanted ?? `a ${typename}`}`)
}

/**
 * A value as JSON: a built-in type's converted, any other's as it is where it is JSON. Undefined where the bytes are
 * neither; such a value can only be shown as bytes.
 */
export const valueToJson = (typename: string | undefined, bytes: Uint8Array): unknown => {
  try {
    const codec = typename === undefined ? undefined : codecs.get(typename)
    return codec ? codec.read(bytes) : JSON.parse(utf8Decode(bytes))
  } catch {
    return undefined
  }
}
