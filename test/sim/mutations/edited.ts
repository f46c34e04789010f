import type { Edit } from './mutation.ts'

/** The source with its fault. Throws where the source has changed and the edit was not changed with it. */
export const edited = (source: string, { file, find, replace }: Edit): string => {
  if (source.split(find).length !== 2)
    throw new Error(`a mutation of ${file}: what it replaces is not there, or more than once: ${find}`)
  return source.replace(find, () => replace)
}
