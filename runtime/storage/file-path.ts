import { utf8Decode, utf8Encode } from '../model/bytes.ts'

// How a key is a path, one to one. Each part between slashes is a name of its own: lower case letters, digits, - and _
// stand for themselves and every other byte is %xx, so that no key leaves the directory and two keys never meet on a file
// system that ignores case. Folders end in `.d` and objects in `.o`, so that `a` and `a/b` can both be there; a long part
// goes over several folders that end in `.c`.
const nameMax = 180
const plain = new Set(utf8Encode('abcdefghijklmnopqrstuvwxyz0123456789-_'))

export const folderEnd = '.d'
export const objectEnd = '.o'
export const continuedEnd = '.c'

/** The names of the folders on the way and of the file. */
export const pathOfKey = (key: string): string[] => {
  const parts = key.split('/')
  return parts.flatMap((part, i) => namesOf(part, i === parts.length - 1 ? objectEnd : folderEnd))
}

/** The folders in which every key with this prefix lies. */
export const foldersOfPrefix = (prefix: string): string[] =>
  prefix
    .split('/')
    .slice(0, -1)
    .flatMap((part) => namesOf(part, folderEnd))

/** The text that a folder or file adds to a key; undefined for what is no part of a store. */
export const textOfName = (name: string): string | undefined => {
  const text = decoded(name.slice(0, -2))
  if (text === undefined) return undefined
  if (name.endsWith(folderEnd)) return `${text}/`
  return name.endsWith(objectEnd) || name.endsWith(continuedEnd) ? text : undefined
}

const namesOf = (part: string, end: string): string[] => {
  const symbols = Array.from(part, encoded)
  const names: string[] = []
  let name = ''
  for (const symbol of symbols) {
    if (name.length + symbol.length > nameMax) {
      names.push(name + continuedEnd)
      name = ''
    }
    name += symbol
  }
  return [...names, name + end]
}

const encoded = (symbol: string): string =>
  Array.from(utf8Encode(symbol), (byte) =>
    plain.has(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`,
  ).join('')

const decoded = (name: string): string | undefined => {
  if (!/^([a-z0-9_-]|%[0-9a-f]{2})*$/.test(name)) return undefined
  const bytes = name
    .match(/%..|./g)
    ?.map((symbol) => (symbol.length === 3 ? parseInt(symbol.slice(1), 16) : symbol.charCodeAt(0)))
  try {
    return utf8Decode(Uint8Array.from(bytes ?? []))
  } catch {
    return undefined
  }
}
