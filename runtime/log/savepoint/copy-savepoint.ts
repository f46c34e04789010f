import type { SavepointDescription } from './description.ts'
import { checkedFile } from './saved-file.ts'
import type { SavepointFolder } from './savepoint-folder.ts'

/** Copies a savepoint file by file, each checked on its way; the description comes last. */
export const copySavepoint = async (from: SavepointFolder, to: SavepointFolder): Promise<SavepointDescription> => {
  await to.prepare()
  const description = await from.described()
  for (const file of description.files) await to.write(file.name, await checkedFile(from, file))
  await to.complete(description)
  return description
}
