import { crc32 } from 'node:zlib'
import { utf8Decode, utf8Encode } from '../model/bytes.ts'

// JSON for people to read, with a checksum over all of its bytes: the last member, which is the CRC-32 of the text without
// it. Every byte counts, so that a flipped bit in white space is noticed as well.
const last = /,\n  "checksum": "([0-9a-f]{8})"\n\}$/

const checksumOf = (text: string): string => crc32(utf8Encode(text)).toString(16).padStart(8, '0')

/** `value` has members; `checksum` is none of them. */
export const encodeCheckedJson = (value: object): Uint8Array => {
  const text = JSON.stringify(value, undefined, 2)
  return utf8Encode(`${text.slice(0, -2)},\n  "checksum": "${checksumOf(text)}"\n}`)
}

/**
 * What was encoded, the checksum left out. Objects of format 1 have none and are read without. Throws an Error that says
 * what is wrong.
 */
export const decodeCheckedJson = (bytes: Uint8Array): Record<string, unknown> => {
  const whole = utf8Decode(bytes)
  const checksum = last.exec(whole)
  const text = checksum ? `${whole.slice(0, checksum.index)}\n}` : whole
  if (checksum && checksum[1] !== checksumOf(text)) throw new TypeError('it does not match its checksum')
  const json: unknown = JSON.parse(text)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError('it is no object')
  const members: Record<string, unknown> = Object.fromEntries(Object.entries(json))
  if (!checksum && members['format'] !== 1) throw new TypeError('it has no checksum')
  return members
}
