import { isMillraceError, MillraceError } from '../../model/errors.ts'
import type { Row, RowFiles } from '../../ports/row-files.ts'
import { sha256Of, type SavepointFile } from './description.ts'
import { fileColumns } from './file-kinds.ts'
import type { SavepointFolder } from './savepoint-folder.ts'

/** The rows of one file, once its bytes are those that were written. */
export async function* rowsOf(
  folder: SavepointFolder,
  file: SavepointFile,
  format: RowFiles,
): AsyncGenerator<readonly Row[]> {
  const where = `${folder.place}/${file.name}`
  const bytes = await checkedFile(folder, file)
  const batches = format.read(bytes, fileColumns[file.kind])[Symbol.asyncIterator]()
  let rows = 0
  for (;;) {
    const next = await named(where, batches.next())
    if (next.done) break
    rows += next.value.length
    yield next.value
  }
  if (rows !== file.rows) throw corrupt(where, `holds ${rows} rows, not ${file.rows}`)
}

/** The bytes of a file, which are as they were written. */
export const checkedFile = async (folder: SavepointFolder, file: SavepointFile): Promise<Uint8Array> => {
  const where = `${folder.place}/${file.name}`
  const bytes = await folder.read(file.name)
  if (bytes.length !== file.bytes) throw corrupt(where, `has ${bytes.length} bytes, not ${file.bytes}`)
  if (sha256Of(bytes) !== file.sha256) throw corrupt(where, 'does not match its checksum')
  return bytes
}

const corrupt = (where: string, what: string): MillraceError =>
  new MillraceError('STORE_CORRUPT', `${where} ${what}: the savepoint is damaged, take another copy of it`)

const named = async <T>(where: string, wait: Promise<T>): Promise<T> => {
  try {
    return await wait
  } catch (error) {
    throw naming(where, error)
  }
}

/** A damage that was found in a file, told with the file's name. */
export const naming = (where: string, error: unknown): unknown =>
  isMillraceError(error) && error.code === 'STORE_CORRUPT' ? corrupt(where, error.message) : error
