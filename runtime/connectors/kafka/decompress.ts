import * as nodeZlib from 'node:zlib'
import { MillraceError, messageOf } from '../../model/errors.ts'
import { unpackLz4 } from './lz4.ts'
import { unpackSnappy } from './snappy.ts'

/** What one batch may hold once it is unpacked; a few packed bytes can claim gigabytes. */
export const unpackedBytesMax = 128 << 20

const native = (codec: string, unpack: () => Uint8Array): Uint8Array => {
  try {
    return unpack()
  } catch (error) {
    throw new MillraceError('LOG_CORRUPT', `${codec}: ${messageOf(error)}`, { cause: error })
  }
}

/** Not imported by its name: Node has zstd since 22.15, and an older one would refuse to load this file. */
type Zlib = Pick<typeof nodeZlib, 'gunzipSync'> & Partial<Pick<typeof nodeZlib, 'zstdDecompressSync'>>

/**
 * Unpacks the records of a batch by the codec in its attributes. Throws a MillraceError LOG_CORRUPT, or
 * UNSUPPORTED_PLATFORM for zstd on a Node that is too old for it.
 */
export const decompress = (codec: number, packed: Buffer, zlib: Zlib = nodeZlib): Uint8Array => {
  switch (codec) {
    case 1:
      return native('gzip', () => zlib.gunzipSync(packed, { maxOutputLength: unpackedBytesMax }))
    case 2:
      return unpackSnappy(packed, unpackedBytesMax)
    case 3:
      return unpackLz4(packed, unpackedBytesMax)
    case 4:
      return unpackZstd(packed, zlib)
    default:
      throw new MillraceError('LOG_CORRUPT', `codec ${codec} is not one of gzip, snappy, lz4, zstd`)
  }
}

const unpackZstd = (packed: Buffer, { zstdDecompressSync }: Zlib): Uint8Array => {
  if (zstdDecompressSync) return native('zstd', () => zstdDecompressSync(packed, { maxOutputLength: unpackedBytesMax }))
  const message = `a batch is packed with zstd, which Node ${process.versions.node} cannot read: run Millrace on Node 22.15 or later`
  throw new MillraceError('UNSUPPORTED_PLATFORM', message)
}
