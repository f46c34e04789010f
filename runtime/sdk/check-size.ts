import { exceedsBytes } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import { textOf, type What } from './coding.ts'
import { defaultLimits } from '../model/limits.ts'

/** Throws where an id is no text that Millrace can keep. */
export const checkId = (id: string, what: What): void => {
  const { idBytesMax } = defaultLimits
  if (typeof id !== 'string') throw new MillraceError('VALUE_INVALID', `${textOf(what)}: the id is no string`)
  if (exceedsBytes(id, idBytesMax))
    throw new MillraceError(
      'LIMIT_EXCEEDED',
      `${textOf(what)}: an id has more than ${idBytesMax} bytes (limit idBytesMax)`,
    )
}

/** Lets bytes pass that are not too many for one value. */
export const checkSize = <T extends Uint8Array | undefined>(bytes: T, what: What): T => {
  const { valueBytesMax } = defaultLimits
  if (bytes === undefined || bytes.length <= valueBytesMax) return bytes
  throw new MillraceError(
    'LIMIT_EXCEEDED',
    `${textOf(what)}: ${bytes.length} bytes; allowed are ${valueBytesMax} (limit valueBytesMax)`,
  )
}
