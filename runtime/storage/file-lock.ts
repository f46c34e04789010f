import type { DatabaseSync } from 'node:sqlite'
import { MillraceError, messageOf } from '../model/errors.ts'

/** Another process holds the lock for longer than is waited for. */
export class FileLockBusy extends Error {}

const waitMs = 2_000
const sqliteBusy = 5

/**
 * A lock between processes that the operating system lets go when its holder dies, however it dies: SQLite's lock on an
 * empty database. A lock file with a process id would have to be broken after a crash, and two that break it at once
 * both hold it; ids also mean nothing between containers.
 */
export class FileLock {
  private readonly database: DatabaseSync

  private constructor(database: DatabaseSync) {
    this.database = database
  }

  static async open(path: string): Promise<FileLock> {
    const sqlite = await import('node:sqlite').catch((error: unknown) => {
      throw new MillraceError(
        'UNSUPPORTED_PLATFORM',
        `storage in a directory needs Node 22.13 or newer, this is ${process.version}`,
        { cause: error },
      )
    })
    return new FileLock(new sqlite.DatabaseSync(path, { timeout: waitMs }))
  }

  /** `act` must be synchronous: the lock is held for as long as this thread is busy with it and no longer. */
  within<T>(act: () => T): T {
    try {
      this.database.exec('BEGIN IMMEDIATE')
    } catch (error) {
      const isBusy = error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy
      throw isBusy ? new FileLockBusy(`another process holds the lock: ${messageOf(error)}`) : error
    }
    try {
      return act()
    } finally {
      this.database.exec('ROLLBACK')
    }
  }

  close(): void {
    this.database.close()
  }
}
