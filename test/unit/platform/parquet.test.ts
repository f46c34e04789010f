import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parquetFiles } from '../../../runtime/platform/parquet.ts'
import type { Column, Row } from '../../../runtime/ports/row-files.ts'

const columns: readonly Column[] = [
  { name: 't', type: 'text' },
  { name: 'b', type: 'bytes' },
  { name: 'i', type: 'int' },
  { name: 'due', type: 'time' },
]

const write = (rows: readonly Row[], as = columns): Uint8Array => {
  const file = parquetFiles.create(as)
  for (const row of rows) file.add(row)
  expect(file.rows).toBe(rows.length)
  return file.finish()
}
const read = async (bytes: Uint8Array, as = columns): Promise<Row[]> => {
  const rows: Row[] = []
  for await (const some of parquetFiles.read(bytes, as)) rows.push(...some)
  return rows
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4 })
const rowOf = fc.record({
  t: maybe(fc.string({ unit: 'grapheme' }).map((text) => (text.length % 3 === 0 ? `\ufeff${text}` : text))),
  b: maybe(fc.uint8Array({ maxLength: 40 })),
  i: maybe(fc.maxSafeInteger()),
  due: maybe(fc.maxSafeInteger()),
})

describe('rows in Parquet', () => {
  test('are read as they were written: text with its mark of byte order, empty and absent, large numbers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rowOf, { maxLength: 200 }), async (rows) => {
        expect(await read(write(rows))).toEqual(rows)
      }),
      { numRuns: 60 },
    )
  })

  test('come in row groups of bounded size', async () => {
    const rows = Array.from({ length: 12_000 }, (_, i) => ({ t: `id${i}`, b: null, i, due: null }))
    const bytes = write(rows)
    const sizes: number[] = []
    for await (const some of parquetFiles.read(bytes, columns)) sizes.push(some.length)
    expect(sizes).toEqual([2_000, 2_000, 2_000, 2_000, 2_000, 2_000])
    const large = Array.from({ length: 10 }, () => ({ t: null, b: new Uint8Array(600_000), i: null, due: null }))
    sizes.length = 0
    for await (const some of parquetFiles.read(write(large), columns)) sizes.push(some.length)
    expect(sizes).toEqual(Array.from({ length: 10 }, () => 1))
  })

  test('a column that came later is missing in an older file; one that is unknown or another is refused', async () => {
    const bytes = write([{ t: 'a', b: null, i: 1, due: null }])
    expect(await read(bytes, [...columns, { name: 'new', type: 'text' }])).toHaveLength(1)
    await expect(read(bytes, columns.slice(1))).rejects.toThrow(/a column t, which this Millrace does not know/)
    const other = [{ name: 't', type: 'bytes' as const }, ...columns.slice(1)]
    await expect(read(bytes, other)).rejects.toThrow(/a column t of another type/)
  })

  test('what is no Parquet is refused, however it is broken', async () => {
    const bytes = write([{ t: 'abc', b: Uint8Array.of(1), i: 1, due: 2 }])
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), async (cut) => {
        await expect(read(bytes.subarray(0, cut))).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
      }),
    )
  })
})

describe('DuckDB', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-parquet-'))
  let ask: (sql: string) => Promise<unknown>
  beforeAll(async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    ask = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson()
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  test('reads the same rows, times as times', async () => {
    const path = join(directory, 'a.parquet')
    writeFileSync(
      path,
      write([
        { t: 'ä', b: Uint8Array.of(1, 255), i: Number.MAX_SAFE_INTEGER, due: Date.UTC(2026, 10, 21, 13) },
        { t: null, b: new Uint8Array(), i: -5, due: null },
      ]),
    )
    expect(await ask(`select t, hex(b), i, due from '${path}'`)).toEqual([
      ['ä', '01FF', '9007199254740991', '2026-11-21 13:00:00'],
      [null, '', '-5', null],
    ])
    writeFileSync(path, write([]))
    expect(await ask(`select count(*), count(t) from '${path}'`)).toEqual([['0', '0']])
  })
})
