import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { MillraceError } from '../model/errors.ts'
import type { ListedObject, ObjectStore, PutOutcome, StoredObject } from '../ports/object-store.ts'
import { fileErrorCode, fileFailure, isPassing } from './file-failure.ts'
import { FileLock } from './file-lock.ts'
import { foldersOfPrefix, objectEnd, pathOfKey, textOfName } from './file-path.ts'

/** Longer than any write may take. */
const abandonedAfterMs = 24 * 3_600_000

/**
 * A store in a directory of one machine; several processes may use it at once. Order of a write: a draft is written whole
 * and made durable, then it takes its name in one step (link where it must not be there, rename where it may), then the
 * folder is made durable, then it is answered. So nothing is ever torn, whenever the power goes.
 */
class FileSystemStore implements ObjectStore {
  private readonly directory: string
  private readonly objects: string
  private readonly drafts: string
  private lock: Promise<FileLock> | undefined
  private draftsMade = 0
  private sweeping: Promise<void> | undefined
  private readonly durableFolders = new Set<string>()

  constructor(directory: string) {
    this.directory = resolve(directory)
    this.objects = join(this.directory, 'objects')
    this.drafts = join(this.directory, 'drafts')
  }

  async get(key: string): Promise<StoredObject | undefined> {
    try {
      const bytes = await readFile(this.pathOf(key))
      return { bytes, etag: etagOf(bytes), storeTimeMs: undefined }
    } catch (error) {
      if (fileErrorCode(error) === 'ENOENT') return undefined
      throw fileFailure(error, this.directory)
    }
  }

  putIfAbsent(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    return this.write(key, bytes, async (draft, target) => {
      try {
        await link(draft, target)
        return true
      } catch (error) {
        if (fileErrorCode(error) === 'EEXIST') return false
        throw error
      }
    })
  }

  putIfMatch(key: string, bytes: Uint8Array, etag: string): Promise<PutOutcome> {
    return this.write(key, bytes, async (draft, target) => {
      const lock = await this.opened()
      return lock.within(() => {
        if (etagOfFile(target) !== etag) return false
        renameSync(draft, target)
        // Within the lock: the next one must not build upon what a power cut may still take back.
        syncFolder(dirname(target))
        return true
      })
    })
  }

  put(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    return this.write(key, bytes, async (draft, target) => {
      const lock = await this.opened()
      lock.within(() => renameSync(draft, target))
      return true
    })
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const folders = foldersOfPrefix(prefix)
    const above = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    const found = (await this.filesIn(join(this.objects, ...folders), above)).filter(({ key }) =>
      key.startsWith(prefix),
    )
    found.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
    for (const { key, path } of found) {
      const is = await stat(path).catch(() => undefined)
      if (is) yield { key, size: is.size, modifiedMs: is.mtimeMs }
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    try {
      const lock = await this.opened()
      for (const key of keys) lock.within(() => rmSync(this.pathOf(key), { force: true }))
    } catch (error) {
      throw fileFailure(error, this.directory)
    }
  }

  async close(): Promise<void> {
    await this.sweeping
    const lock = this.lock
    this.lock = undefined
    if (lock) (await lock).close()
  }

  private async write(
    key: string,
    bytes: Uint8Array,
    name: (draft: string, target: string) => Promise<boolean>,
  ): Promise<PutOutcome> {
    const target = this.pathOf(key)
    let draft: string | undefined
    try {
      await this.makeFolder(dirname(target))
      const etag = etagOf(bytes)
      draft = await this.writeDraft(bytes)
      if (!(await name(draft, target))) return { kind: 'conflict' }
      syncFolder(dirname(target))
      return { kind: 'ok', etag, storeTimeMs: undefined }
    } catch (error) {
      const failure = fileFailure(error, this.directory)
      if (isPassing(error)) return { kind: 'unknown', cause: failure }
      throw failure
    } finally {
      if (draft !== undefined) await rm(draft, { force: true }).catch(() => undefined)
    }
  }

  private async writeDraft(bytes: Uint8Array): Promise<string> {
    await this.makeFolder(this.drafts)
    for (;;) {
      const path = join(this.drafts, `${process.pid}-${process.hrtime.bigint()}-${this.draftsMade++}`)
      try {
        const file = await open(path, 'wx')
        try {
          await file.writeFile(bytes)
          await file.sync()
          if (!this.sweeping) {
            const { mtimeMs } = await file.stat()
            this.sweeping = sweepDrafts(this.drafts, mtimeMs).catch(() => undefined)
          }
        } catch (error) {
          await rm(path, { force: true }).catch(() => undefined)
          throw error
        } finally {
          await file.close()
        }
        return path
      } catch (error) {
        if (fileErrorCode(error) !== 'EEXIST') throw error
      }
    }
  }

  /** A new folder is durable only when the folder that holds it is. */
  private async makeFolder(path: string): Promise<void> {
    if (this.durableFolders.has(path)) return
    if (path === dirname(path)) return
    await this.makeFolder(dirname(path))
    await mkdir(path).catch((error: unknown) => {
      if (fileErrorCode(error) !== 'EEXIST') throw error
    })
    if (path.startsWith(this.directory)) syncFolder(dirname(path))
    this.durableFolders.add(path)
  }

  private async filesIn(folder: string, above: string): Promise<{ key: string; path: string }[]> {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (fileErrorCode(error) === 'ENOENT') return []
      throw fileFailure(error, this.directory)
    })
    const found: { key: string; path: string }[] = []
    for (const entry of entries) {
      const text = textOfName(entry.name)
      if (text === undefined) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) found.push(...(await this.filesIn(path, above + text)))
      else if (entry.name.endsWith(objectEnd)) found.push({ key: above + text, path })
    }
    return found
  }

  private async opened(): Promise<FileLock> {
    this.lock ??= this.makeFolder(this.directory).then(() => FileLock.open(join(this.directory, 'lock')))
    try {
      return await this.lock
    } catch (error) {
      this.lock = undefined
      throw error
    }
  }

  private pathOf(key: string): string {
    if (key === '') throw new MillraceError('STORE_UNSUITABLE', 'an object needs a key')
    return join(this.objects, ...pathOfKey(key))
  }
}

/** Drafts of processes that were killed: they are told by their age beside one that was made just now. */
const sweepDrafts = async (folder: string, nowMs: number): Promise<void> => {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: nowMs }))
    if (nowMs - mtimeMs > abandonedAfterMs) await rm(path, { force: true })
  }
}

const etagOf = (bytes: Uint8Array): string => `"${createHash('md5').update(bytes).digest('hex')}"`

const etagOfFile = (path: string): string | undefined => {
  try {
    return etagOf(readFileSync(path))
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

const syncFolder = (path: string): void => {
  // Windows has no such thing, and needs none.
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/**
 * A store in a directory, for one machine. Needs Node 22.13 or newer.
 * @example fileSystemStore({ directory: '.millrace/state' })
 */
export const fileSystemStore = (settings: { readonly directory: string }): ObjectStore =>
  new FileSystemStore(settings.directory)
