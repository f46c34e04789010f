/**
 * What names a state under one of its versions, on the wire and in the journal: `balance` for version 1, `balance@2` for
 * version 2. To everything between handler and bucket each version of a state is a state of its own, with a type of its own.
 */
export const stateKey = (name: string, version: number): string => (version === 1 ? name : `${name}@${version}`)

const versioned = /^(.+)@([2-9]|[1-9]\d{1,2})$/s

/** The name and the version that a key was made of. */
export const parseStateKey = (key: string): { readonly name: string; readonly version: number } => {
  const [, name, version] = versioned.exec(key) ?? []
  return name === undefined ? { name: key, version: 1 } : { name, version: Number(version) }
}

/** Versions count from 1 to this. */
export const stateVersionMax = 999
