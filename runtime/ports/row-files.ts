/** What one field of a row holds. */
export type Field = string | number | Uint8Array | null

/** A row by the names of its columns; what is missing is null. */
export type Row = Readonly<Record<string, Field>>

/** `int` is a whole number up to 2^53 of either sign, `time` the same as milliseconds since 1970. */
export interface Column {
  readonly name: string
  readonly type: 'text' | 'bytes' | 'int' | 'time'
}

/** An open columnar file format. Files are bounded in size by those who write them. */
export interface RowFiles {
  /** As it stands behind the dot of a file's name. */
  readonly extension: string
  /** A file that is being written. */
  create(columns: readonly Column[]): RowFile
  /**
   * The rows of a file in their order, some at a time. Columns may be missing in it. Throws STORE_CORRUPT for bytes that
   * are no such file, and for one with columns that are not among these.
   */
  read(bytes: Uint8Array, columns: readonly Column[]): AsyncIterable<readonly Row[]>
}

export interface RowFile {
  /** About what it has so far. */
  readonly bytes: number
  readonly rows: number
  add(row: Row): void
  /** The whole file; nothing can be added afterwards. */
  finish(): Uint8Array
}
