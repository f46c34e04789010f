import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { MillraceError } from '../model/errors.ts'
import type { FileStore } from '../ports/file-store.ts'
import type { ListedObject, PutOutcome } from '../ports/object-store.ts'
import { fileErrorCode, fileFailure } from './file-failure.ts'

/**
 * A directory whose files are called as they are: for copies that people and other programs read. A file takes its name in
 * one step once it is whole and durable. No If-Match, so no coordinator can run on it.
 */
class PlainDirectory implements FileStore {
  private readonly directory: string
  private drafts = 0

  constructor(directory: string) {
    this.directory = resolve(directory)
  }

  async get(key: string): ReturnType<FileStore['get']> {
    try {
      return { bytes: await readFile(this.pathOf(key)), etag: '', storeTimeMs: undefined }
    } catch (error) {
      if (fileErrorCode(error) === 'ENOENT' || fileErrorCode(error) === 'ENOTDIR') return undefined
      throw fileFailure(error, this.directory)
    }
  }

  put(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    return this.write(key, bytes, rename)
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    try {
      return await this.write(key, bytes, link)
    } catch (error) {
      if (fileErrorCode(error) === 'EEXIST') return { kind: 'conflict' }
      throw error
    }
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const entries = await readdir(this.directory, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
      if (fileErrorCode(error) === 'ENOENT') return []
      throw fileFailure(error, this.directory)
    })
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    for (const path of files.sort()) {
      const key = path
        .slice(this.directory.length + 1)
        .split(sep)
        .join('/')
      if (!key.startsWith(prefix)) continue
      const { size, mtimeMs } = await stat(path)
      yield { key, size, modifiedMs: mtimeMs }
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) await rm(this.pathOf(key), { force: true })
  }

  async close(): Promise<void> {}

  private async write(
    key: string,
    bytes: Uint8Array,
    name: (draft: string, path: string) => Promise<void>,
  ): Promise<PutOutcome> {
    const path = this.pathOf(key)
    const draft = `${path}.${process.pid}-${++this.drafts}.draft`
    try {
      await mkdir(dirname(path), { recursive: true })
      const file = await open(draft, 'w')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await name(draft, path)
      return { kind: 'ok', etag: '', storeTimeMs: undefined }
    } catch (error) {
      throw fileErrorCode(error) === 'EEXIST' ? error : fileFailure(error, this.directory)
    } finally {
      await rm(draft, { force: true })
    }
  }

  private pathOf(key: string): string {
    const path = resolve(this.directory, key)
    if (key !== '' && path.startsWith(this.directory + sep)) return path
    throw new MillraceError('STORE_UNSUITABLE', `${JSON.stringify(key)} leads out of ${this.directory}`)
  }
}

/** @example plainDirectory('backups') */
export const plainDirectory = (directory: string): FileStore => new PlainDirectory(directory)
