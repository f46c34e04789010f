import type { Row, RowFile, RowFiles } from '../../ports/row-files.ts'
import { sha256Of, type SavepointFile } from './description.ts'
import { fileColumns, type FileKind } from './file-kinds.ts'
import type { SavepointFolder } from './savepoint-folder.ts'

/** All rows of one kind, in as many files as it takes: only one of them is in memory, and none is too large for a PUT. */
export class SplitFile {
  readonly written: SavepointFile[] = []
  private readonly kind: FileKind
  private readonly format: RowFiles
  private readonly folder: SavepointFolder
  private readonly bytesMax: number
  private file: RowFile

  constructor(kind: FileKind, format: RowFiles, folder: SavepointFolder, bytesMax: number) {
    this.kind = kind
    this.format = format
    this.folder = folder
    this.bytesMax = bytesMax
    this.file = format.create(fileColumns[kind])
  }

  get isFull(): boolean {
    return this.file.bytes >= this.bytesMax
  }

  add(row: Row): void {
    this.file.add(row)
  }

  /** Writes the present file and begins another. */
  async next(): Promise<void> {
    const { rows } = this.file
    const content = this.file.finish()
    this.file = this.format.create(fileColumns[this.kind])
    const name = this.nextName()
    await this.folder.write(name, content)
    this.written.push({ name, kind: this.kind, rows, bytes: content.length, sha256: sha256Of(content) })
  }

  /** A kind without rows has an empty file, so that whoever asks for it by SQL gets no rows and not an error. */
  async end(): Promise<readonly SavepointFile[]> {
    if (this.file.rows > 0 || this.written.length === 0) await this.next()
    return this.written
  }

  /** State comes in parts in any case; of the rest there is one file in nearly every savepoint. */
  private nextName(): string {
    const { kind, format } = this
    const part = this.written.length + 1
    const number = kind === 'state' || part > 1 ? `-${String(part).padStart(4, '0')}` : ''
    return `${kind}${number}.${format.extension}`
  }
}
