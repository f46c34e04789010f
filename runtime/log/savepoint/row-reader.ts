import { MillraceError } from '../../model/errors.ts'
import type { Field, Row } from '../../ports/row-files.ts'

/** Reads the fields of a row that came from outside. Throws STORE_CORRUPT naming the column. */
export class RowReader {
  private readonly row: Row

  constructor(row: Row) {
    this.row = row
  }

  private fail(name: string, wanted: string): never {
    throw new MillraceError('STORE_CORRUPT', `column ${name} holds no ${wanted} where there must be one`)
  }

  private field(name: string): Field {
    return this.row[name] ?? null
  }

  maybeText(name: string): string | undefined {
    const field = this.field(name)
    return field === null ? undefined : typeof field === 'string' ? field : this.fail(name, 'text')
  }

  text(name: string): string {
    return this.maybeText(name) ?? this.fail(name, 'text')
  }

  /** A copy: what is read is a view of a page, which must not stay in memory for one message. */
  maybeBytes(name: string): Uint8Array | null {
    const field = this.field(name)
    if (field === null) return null
    return field instanceof Uint8Array ? new Uint8Array(field) : this.fail(name, 'bytes')
  }

  bytes(name: string): Uint8Array {
    return this.maybeBytes(name) ?? this.fail(name, 'bytes')
  }

  /** Of either sign. */
  maybeInt(name: string): number | undefined {
    const field = this.field(name)
    return field === null ? undefined : Number.isSafeInteger(field) ? Number(field) : this.fail(name, 'whole number')
  }

  int(name: string): number {
    return this.maybeInt(name) ?? this.fail(name, 'whole number')
  }

  /** Zero or more. */
  whole(name: string): number {
    const value = this.int(name)
    return value >= 0 ? value : this.fail(name, 'whole number of zero or more')
  }
}
