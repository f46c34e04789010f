import { gunzipSync, zstdDecompressSync } from 'node:zlib'
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

/** Unpacks the records of a batch by the codec in its attributes. Throws a MillraceError LOG_CORRUPT. */
export const decompress = (codec: number, packed: Buffer): Uint8Array => {
  switch (codec) {
    case 1:
      return native('gzip', () => gunzipSync(packed, { maxOutputLength: unpackedBytesMax }))
    case 2:
      return unpackSnappy(packed, unpackedBytesMax)
    case 3:
      return unpackLz4(packed, unpackedBytesMax)
    case 4:
      // Node has zstd since 22.15; the coordinator asks for 24.
      return native('zstd', () => zstdDecompressSync(packed, { maxOutputLength: unpackedBytesMax }))
    default:
      throw new MillraceError('LOG_CORRUPT', `codec ${codec} is not one of gzip, snappy, lz4, zstd`)
  }
}
