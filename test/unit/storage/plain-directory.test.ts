import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FileStore } from '../../../runtime/ports/file-store.ts'
import { plainDirectory } from '../../../runtime/storage/plain-directory.ts'

let directory: string
let store: FileStore
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'millrace-plain-')), 'deep', 'er')
  store = plainDirectory(directory)
})
afterEach(() => rmSync(join(directory, '..', '..'), { recursive: true }))

const one = Uint8Array.of(1)
const keys = async (prefix: string): Promise<string[]> => {
  const found: string[] = []
  for await (const { key, size } of store.list(prefix)) found.push(`${key} ${size}`)
  return found
}

test('files lie in the directory under their own names', async () => {
  expect(await keys('')).toEqual([])
  expect((await store.put('a/b.parquet', Uint8Array.of(1, 2))).kind).toBe('ok')
  expect([...readFileSync(join(directory, 'a', 'b.parquet'))]).toEqual([1, 2])
  await store.put('a/b.parquet', one)
  await store.put('ab', one)
  expect([...(await store.get('a/b.parquet'))!.bytes]).toEqual([1])
  expect(await keys('a/')).toEqual(['a/b.parquet 1'])
  expect((await keys('a')).toSorted()).toEqual(['a/b.parquet 1', 'ab 1'])
  await store.delete(['a/b.parquet', 'none'])
  expect(await store.get('a/b.parquet')).toBeUndefined()
  expect(await store.get('ab/c')).toBeUndefined()
})

test('a file is only made where there is none, and no draft is left behind', async () => {
  expect((await store.putIfAbsent('x/s.json', one)).kind).toBe('ok')
  expect((await store.putIfAbsent('x/s.json', Uint8Array.of(2))).kind).toBe('conflict')
  expect([...(await store.get('x/s.json'))!.bytes]).toEqual([1])
  expect(readdirSync(join(directory, 'x'))).toEqual(['s.json'])
})

test.each(['../x', '/etc/x', 'a/../../x', ''])('%j leads out of the directory and is refused', async (key) => {
  await expect(store.put(key, one)).rejects.toThrow(/leads out of/)
  await expect(store.get(key)).rejects.toThrow(/leads out of/)
  expect(existsSync(directory)).toBe(false)
})
