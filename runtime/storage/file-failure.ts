import { MillraceError, isMillraceError, messageOf } from '../model/errors.ts'
import { FileLockBusy } from './file-lock.ts'

/** The error's code in Node's files, as ENOENT. */
export const fileErrorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const forbidden = new Set(['EACCES', 'EPERM', 'EROFS'])
const unsuitable = new Set(['ENOTDIR', 'EISDIR', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'ENAMETOOLONG'])

/** What a failed file operation means for people: the directory and what to do. */
export const fileFailure = (error: unknown, directory: string): MillraceError => {
  if (isMillraceError(error)) return error
  const code = fileErrorCode(error) ?? ''
  const because = messageOf(error)
  const cause = { cause: error }
  if (full.has(code))
    return new MillraceError('STORE_UNAVAILABLE', `the disk that holds ${directory} is full: free some space`, cause)
  if (forbidden.has(code))
    return new MillraceError('STORE_FORBIDDEN', `${directory} cannot be written to: ${because}`, cause)
  if (unsuitable.has(code))
    return new MillraceError(
      'STORE_UNSUITABLE',
      `${directory} cannot hold a store, set storage.directory: ${because}`,
      cause,
    )
  return new MillraceError('STORE_UNAVAILABLE', `${directory}: ${because}`, cause)
}

/** Whether another try may find it mended and whether it took effect is not known. */
export const isPassing = (error: unknown): boolean =>
  error instanceof FileLockBusy ||
  ['EIO', 'EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'EINTR'].includes(fileErrorCode(error) ?? '')
