import { crc32 } from 'node:zlib'
import { ByteReader, ByteWriter } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'

// Every object that Millrace stores in binary begins alike: "MILL", a format version, a kind, and a CRC-32 of the rest.
// A kind that has been used is never given another meaning.
const magic = 0x4c4c494d
const version = 1
const headerBytes = 10

/** `checkpoint` is a part of what was one before roots and segments; it is read, but not written any more. */
export const objectKinds = { window: 1, seal: 2, open: 3, checkpoint: 4, root: 5, segment: 6 } as const
export type ObjectKind = keyof typeof objectKinds

const kindOf = new Map<number, ObjectKind>([
  [objectKinds.window, 'window'],
  [objectKinds.seal, 'seal'],
  [objectKinds.open, 'open'],
  [objectKinds.checkpoint, 'checkpoint'],
  [objectKinds.root, 'root'],
  [objectKinds.segment, 'segment'],
])

export const corruptObject = (key: string, what: string): MillraceError =>
  new MillraceError('STORE_CORRUPT', `${key} ${what}: restore it from a copy of the bucket`)

/** Begins an object of `kind` in `out`, which is empty. */
export const beginObject = (out: ByteWriter, kind: ObjectKind): void => {
  out.u32(magic)
  out.u8(version)
  out.u8(objectKinds[kind])
  out.u32(0)
}

/** The object that was begun in `out`, as a view into it. */
export const endObject = (out: ByteWriter): Uint8Array => {
  const bytes = out.written()
  new DataView(bytes.buffer).setUint32(6, crc32(bytes.subarray(headerBytes)), true)
  return bytes
}

/** An object of `kind` whose content is what `write` writes. */
export const seal = (kind: ObjectKind, capacity: number, write: (content: ByteWriter) => void): Uint8Array => {
  const out = new ByteWriter(headerBytes + capacity)
  beginObject(out, kind)
  write(out)
  return endObject(out)
}

/** Checks an object and answers its kind and content. Throws STORE_CORRUPT naming `key`. */
export const unseal = (bytes: Uint8Array, key: string): { kind: ObjectKind; content: ByteReader } => {
  const corrupt = (what: string): MillraceError => corruptObject(key, what)
  if (bytes.length < headerBytes) throw corrupt('is cut off')
  const header = new ByteReader(bytes)
  if (header.u32() !== magic) throw corrupt('is no object of Millrace')
  const is = header.u8()
  if (is !== version)
    throw new MillraceError('STORE_CORRUPT', `${key} has format version ${is}; this Millrace reads version ${version}`)
  const kind = kindOf.get(header.u8())
  if (!kind) throw corrupt('is of an unknown kind')
  if (header.u32() !== crc32(bytes.subarray(headerBytes))) throw corrupt('does not match its checksum')
  return { kind, content: header }
}
