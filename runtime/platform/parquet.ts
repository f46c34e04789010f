import { parquetMetadata, parquetReadObjects, type SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { isMillraceError, MillraceError, messageOf } from '../model/errors.ts'
import type { Column, Field, Row, RowFile, RowFiles } from '../ports/row-files.ts'

/** A row group is encoded at once: small enough that nothing else waits long for it. */
const groupRowsMax = 2_000
const groupBytesMax = 512 << 10

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const elements: Readonly<Record<Column['type'], Pick<SchemaElement, 'type' | 'converted_type'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  bytes: { type: 'BYTE_ARRAY' },
  int: { type: 'INT64' },
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
}

const schemaOf = (columns: readonly Column[]): SchemaElement[] => [
  { name: 'row', num_children: columns.length },
  ...columns.map(({ name, type }) => ({ ...elements[type], name, repetition_type: 'OPTIONAL' as const })),
]

const sizeOf = (field: Field): number => (field === null ? 0 : typeof field === 'number' ? 8 : field.length)

class ParquetFile implements RowFile {
  private readonly columns: readonly Column[]
  private readonly writer = new ByteWriter(groupBytesMax)
  private readonly parquet: ParquetWriter
  private fields: (string | bigint | Uint8Array | null)[][] = []
  private groupBytes = 0
  rows = 0

  constructor(columns: readonly Column[]) {
    this.columns = columns
    this.parquet = new ParquetWriter({ writer: this.writer, schema: schemaOf(columns), createdBy: 'millrace' })
    this.clear()
  }

  get bytes(): number {
    return this.writer.offset + this.groupBytes
  }

  add(row: Row): void {
    this.columns.forEach(({ name }, place) => {
      const field = row[name] ?? null
      this.fields[place]?.push(typeof field === 'number' ? BigInt(field) : field)
      this.groupBytes += sizeOf(field)
    })
    this.rows++
    if ((this.fields[0]?.length ?? 0) >= groupRowsMax || this.groupBytes >= groupBytesMax) this.flush()
  }

  private flush(): void {
    const rowGroupSize = this.fields[0]?.length ?? 0
    if (rowGroupSize === 0) return
    const columnData = this.columns.map(({ name }, place) => ({ name, data: this.fields[place] ?? [] }))
    void this.parquet.write({ columnData, rowGroupSize })
    this.clear()
  }

  private clear(): void {
    this.fields = this.columns.map(() => [])
    this.groupBytes = 0
  }

  finish(): Uint8Array {
    this.flush()
    void this.parquet.finish()
    return this.writer.getBytes().slice()
  }
}

/** Numbers come as bigint, what is not set as undefined or null. */
const fieldOf = (value: unknown): Field => {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array) return value
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value)
  throw new TypeError(`a field is ${typeof value} ${String(value).slice(0, 40)}`)
}

const parsers = {
  // Marks of byte order belong to a text, as everywhere else in Millrace.
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decoder.decode(bytes),
  timestampFromMilliseconds: (ms: bigint | undefined) => ms,
}

/** A column that is missing was not known when the file was written; one that is unknown here must not get lost. */
const checkColumns = (found: readonly SchemaElement[], columns: readonly Column[]): readonly string[] =>
  found.map(({ name, type, converted_type: as }) => {
    const wanted = columns.find((column) => column.name === name)
    if (!wanted) throw new MillraceError('STORE_CORRUPT', `has a column ${name}, which this Millrace does not know`)
    const element = elements[wanted.type]
    if (element.type === type && element.converted_type === as) return name
    throw new MillraceError('STORE_CORRUPT', `has a column ${name} of another type than ${wanted.type}`)
  })

async function* read(bytes: Uint8Array, columns: readonly Column[]): AsyncGenerator<readonly Row[]> {
  try {
    const file = new Uint8Array(bytes).buffer
    const metadata = parquetMetadata(file)
    const names = checkColumns(metadata.schema.slice(1), columns)
    let rowStart = 0
    for (const { num_rows: count } of metadata.row_groups) {
      const rowEnd = rowStart + Number(count)
      // The library decodes what it does not know as text of any kind; bytes stay bytes.
      const rows = await parquetReadObjects({ file, metadata, rowStart, rowEnd, utf8: false, parsers })
      yield rows.map((row) => Object.fromEntries(names.map((name) => [name, fieldOf(row[name])])))
      rowStart = rowEnd
    }
  } catch (error) {
    if (isMillraceError(error)) throw error
    throw new MillraceError('STORE_CORRUPT', `is no Parquet file that can be read: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Apache Parquet, compressed with Snappy: what DuckDB, pandas, Spark and others read. */
export const parquetFiles: RowFiles = { extension: 'parquet', create: (columns) => new ParquetFile(columns), read }
