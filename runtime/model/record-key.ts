import { utf8Decode, utf8Encode } from './bytes.ts'

// A record's key as an actor's id. Keys that are not UTF-8, and the few that look like their escaped form, are escaped.
const prefix = 'bytes:'

/**
 * The id that a record's key stands for: the key itself where it is UTF-8, else `bytes:` and hexadecimal digits.
 * @example idOfKey(Uint8Array.of(0xff)) // 'bytes:ff'
 */
export const idOfKey = (key: Uint8Array): string => {
  try {
    const text = utf8Decode(key)
    if (!text.startsWith(prefix)) return text
  } catch {
    // not UTF-8
  }
  return prefix + Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether a key that is text is the id that it stands for, and not escaped. */
export const isOwnId = (key: Uint8Array): boolean => {
  // From the end: most keys without the prefix have another character where it has its colon.
  for (let i = prefix.length - 1; i >= 0; i--) if (key[i] !== prefix.charCodeAt(i)) return true
  return false
}

/** The key that `idOfKey` made the id from. */
export const keyOfId = (id: string): Uint8Array => {
  if (!/^bytes:([0-9a-f]{2})*$/.test(id)) return utf8Encode(id)
  return Uint8Array.from(id.slice(prefix.length).match(/../g) ?? [], (digits) => parseInt(digits, 16))
}
