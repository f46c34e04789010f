import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { MillraceError, messageOf } from '../../model/errors.ts'
import { formatVersion, logSchema } from './log-schema.ts'

export interface LogFileOptions {
  readonly file: string
  /** The largest size of the file; undefined: as large as the disk. */
  readonly fileBytesMax: number | undefined
}

const pageBytes = 4096
/** SQLite copies the write-ahead log into the file when it has so many pages: seldom enough not to be felt. */
const checkpointPages = 4000

/** Opens the file for this process alone. The operating system lets the lock go when the process dies. */
export const openLogFile = async ({ file, fileBytesMax }: LogFileOptions): Promise<DatabaseSync> => {
  const sqlite = await import('node:sqlite').catch((error: unknown) => {
    const what = `the embedded log needs Node 22.13 or newer, this is ${process.version}: update Node, or use Kafka`
    throw new MillraceError('UNSUPPORTED_PLATFORM', what, { cause: error })
  })
  let database: DatabaseSync | undefined
  try {
    database = new sqlite.DatabaseSync(file)
    database.exec(`PRAGMA page_size = ${pageBytes}`)
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('PRAGMA journal_mode = WAL')
    database.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    database.exec('PRAGMA temp_store = MEMORY')
    if (fileBytesMax !== undefined)
      database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(fileBytesMax / pageBytes))}`)
    // The lock is taken with the first write.
    database.exec('PRAGMA synchronous = FULL')
    database.exec('BEGIN IMMEDIATE')
    createOrCheck(database, file)
    database.exec('COMMIT')
    writeFileSync(holderFile(file), String(process.pid))
    return database
  } catch (error) {
    database?.close()
    throw logFileError(error, file)
  }
}

export const closeLogFile = (database: DatabaseSync, file: string): void => {
  rmSync(holderFile(file), { force: true })
  database.close()
}

const createOrCheck = (database: DatabaseSync, file: string): void => {
  const version = database.prepare('PRAGMA user_version').get()?.['user_version']
  if (version === formatVersion) return
  if (version !== 0)
    throw new MillraceError(
      'LOG_UNAVAILABLE',
      `${file} has format ${String(version)}; this version of Millrace reads ${formatVersion}`,
    )
  if (database.prepare('SELECT 1 FROM sqlite_schema').get())
    throw new MillraceError('LOG_UNAVAILABLE', `${file} is a database of something else: name another file for the log`)
  database.exec(logSchema)
}

// SQLite's result codes, of which only the low byte tells the kind.
const busyCodes = new Set([5, 6])
const corruptCodes = new Set([11, 26])
const forbiddenCodes = new Set([3, 8, 23])
const fullCode = 13

/** What an error of SQLite means for people: the file and what to do. */
export const logFileError = (error: unknown, file: string): MillraceError => {
  if (error instanceof MillraceError) return error
  const code =
    error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0
  const because = messageOf(error)
  const cause = { cause: error }
  if (busyCodes.has(code)) {
    const text = `the log ${file} is in use by another process${holderOf(file)}: end it, or name another file`
    return new MillraceError('LOG_UNAVAILABLE', text, cause)
  }
  if (corruptCodes.has(code)) return new MillraceError('LOG_CORRUPT', `${file} is damaged or no log: ${because}`, cause)
  if (forbiddenCodes.has(code))
    return new MillraceError('LOG_FORBIDDEN', `${file} cannot be written to: ${because}`, cause)
  if (code === fullCode)
    return new MillraceError('LOG_UNAVAILABLE', `the disk that holds the log ${file} is full: free some space`, cause)
  return new MillraceError('LOG_UNAVAILABLE', `the log ${file}: ${because}`, cause)
}

const holderFile = (file: string): string => `${file}.pid`

const holderOf = (file: string): string => {
  try {
    return ` (process ${readFileSync(holderFile(file), 'utf8').trim()})`
  } catch {
    return ''
  }
}
