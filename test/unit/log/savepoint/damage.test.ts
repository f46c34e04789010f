import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SavepointFolder } from '../../../../runtime/log/savepoint/savepoint-folder.ts'
import { savepointName } from '../../../../runtime/log/savepoint/savepoint-name.ts'
import { systemClock } from '../../../../runtime/platform/system-clock.ts'
import { commands, folderIn, loaded, saved, shardAfter } from './samples.ts'

test('one flipped bit, anywhere in any file, is found and its file named', async () => {
  await fc.assert(
    fc.asyncProperty(commands, fc.nat(), fc.nat(), fc.nat({ max: 7 }), async (given, nth, at, bit) => {
      const { store, folder } = folderIn()
      const { files } = await saved([shardAfter(given)], folder)
      const names = ['savepoint.json', ...files.map(({ name }) => name)]
      const name = names[nth % names.length]!
      const key = `u/savepoints/nightly/${name}`
      const { bytes } = (await store.get(key))!
      bytes[at % bytes.length]! ^= 1 << bit
      await store.put(key, bytes)
      await expect(loaded(folder)).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        message: expect.stringContaining(name),
      })
    }),
    { numRuns: 150 },
  )
})

test('a file that is cut off, gone or another savepoint’s is found and named', async () => {
  const { store, folder } = folderIn()
  const shard = shardAfter([{ do: 'mutate', at: 0, changes: [{ op: 'set', value: Uint8Array.of(1) }] }])
  const { files } = await saved([shard], folder)
  for (const { name, bytes: length } of files) {
    const key = `u/savepoints/nightly/${name}`
    const { bytes } = (await store.get(key))!
    for (const cut of [0, length >> 1, length - 1]) {
      await store.put(key, bytes.subarray(0, cut))
      await expect(loaded(folder)).rejects.toThrow(`${name} has ${cut} bytes, not ${length}`)
    }
    await store.delete([key])
    await expect(loaded(folder)).rejects.toThrow(`has no ${name}`)
    await store.put(key, bytes)
  }
  await expect(loaded(folder)).resolves.toBeDefined()
})

test('without its description there is no savepoint, and a second one under its name is refused', async () => {
  const { store, folder } = folderIn()
  await saved([shardAfter([])], folder)
  await expect(folder.prepare()).rejects.toMatchObject({ code: 'SAVEPOINT_EXISTS' })
  await expect(
    saved([shardAfter([])], new SavepointFolder(store, systemClock, 'u/savepoints/b')),
  ).resolves.toBeDefined()
  await store.delete(['u/savepoints/nightly/savepoint.json'])
  await expect(folder.described()).rejects.toMatchObject({ code: 'SAVEPOINT_UNKNOWN' })
  // What it consisted of is no part of the next one.
  await folder.prepare()
  const left: string[] = []
  for await (const { key } of store.list('u/savepoints/')) left.push(key)
  expect(left.length).toBeGreaterThan(0)
  expect(left.every((key) => key.startsWith('u/savepoints/b/'))).toBe(true)
})

test('a savepoint is removed whole, and its neighbours stay', async () => {
  const { store, folder } = folderIn()
  const { files } = await saved([shardAfter([])], folder)
  const other = new SavepointFolder(store, systemClock, 'u/savepoints/nightly-2')
  await saved([shardAfter([])], other)
  expect(await folder.delete()).toBe(files.length)
  expect(await folder.description()).toBeUndefined()
  await expect(loaded(other)).resolves.toBeDefined()
})

test.each(['', '..', '.hidden', 'a/b', 'a\\b', 'a b', 'ä', 'x'.repeat(101), 'a\n'])('%j is no name', (name) =>
  expect(() => savepointName(name)).toThrow(/is no name of a savepoint/),
)
test.each(['a', '2026-11-21', 'before_v2.1'])('%j is a name', (name) => expect(savepointName(name)).toBe(name))
