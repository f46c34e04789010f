import { utf8Encode } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import { isKeyId, type SigningKey } from './signature.ts'

const secretBytesMin = 16

/**
 * Reads `id:secret` or, while keys change, `new:secret,old:secret`. The first is the one to sign with.
 * @param setting names where the text came from in errors, which never show a secret
 */
export const parseSigningKeys = (text: string, setting: string): SigningKey[] => {
  const keys = text.split(',').map((part, index) => {
    const colon = part.indexOf(':')
    const id = part.slice(0, colon).trim()
    const secret = utf8Encode(part.slice(colon + 1).trim())
    if (colon < 0 || !/^[A-Za-z0-9_.-]+$/.test(id) || !isKeyId(id))
      throw new MillraceError('SETTING_INVALID', `${setting}: key ${index + 1} is not written as <id>:<secret>`)
    if (secret.length < secretBytesMin)
      throw new MillraceError(
        'SETTING_INVALID',
        `${setting}: the secret of key ${id} is shorter than ${secretBytesMin} bytes`,
      )
    return { id, secret }
  })
  if (keys.length > 2)
    throw new MillraceError(
      'SETTING_INVALID',
      `${setting}: ${keys.length} keys; allowed are two, while one replaces the other`,
    )
  if (keys[0]?.id === keys[1]?.id)
    throw new MillraceError('SETTING_INVALID', `${setting}: both keys are called ${keys[0]?.id}`)
  return keys
}
