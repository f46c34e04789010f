import { messageOf } from '../../model/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FileStore } from '../../ports/file-store.ts'
import { descriptionName, type SavepointDescription } from './description.ts'
import { SavepointFolder } from './savepoint-folder.ts'

/** A savepoint, or why its description cannot be read. */
export interface ListedSavepoint {
  readonly name: string
  readonly bytes: number
  readonly description: SavepointDescription | undefined
  readonly problem: string | undefined
}

/** All savepoints whose folders begin with `prefix`, by name. What was never completed is not among them. */
export const listSavepoints = async (
  store: FileStore,
  clock: Clock,
  prefix: string,
): Promise<readonly ListedSavepoint[]> => {
  const sizes = new Map<string, number>()
  const complete: string[] = []
  for await (const { key, size } of store.list(prefix)) {
    const [name = '', file, ...deeper] = key.slice(prefix.length).split('/')
    if (file === undefined || deeper.length > 0) continue
    sizes.set(name, (sizes.get(name) ?? 0) + size)
    if (file === descriptionName) complete.push(name)
  }
  return Promise.all(
    complete.map(async (name) => {
      const listed = { name, bytes: sizes.get(name) ?? 0 }
      try {
        const folder = new SavepointFolder(store, clock, prefix + name, name)
        return { ...listed, description: await folder.description(), problem: undefined }
      } catch (error) {
        return { ...listed, description: undefined, problem: messageOf(error) }
      }
    }),
  )
}
