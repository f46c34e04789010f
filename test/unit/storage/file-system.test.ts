import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { foldersOfPrefix, pathOfKey, textOfName } from '../../../runtime/storage/file-path.ts'
import { fileSystemStore } from '../../../runtime/storage/file-system.ts'
import { objectStoreContract } from '../../contract/object-store.ts'

const made: string[] = []
const newDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-store-'))
  made.push(directory)
  return directory
}
afterAll(async () => {
  for (const directory of made) await rm(directory, { recursive: true, force: true })
})

objectStoreContract('file system', async () => {
  const store = fileSystemStore({ directory: join(await newDirectory(), 'not', 'there', 'yet') })
  return { store, tellsTime: false, dispose: () => store.close() }
})

describe('keys as paths', () => {
  const keys = fc.string({ unit: 'grapheme', maxLength: 300 })

  test('every key is a path and is read back from it, and no name is longer than a file system takes', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const names = pathOfKey(key)
        expect(names.map(textOfName).join('')).toBe(key)
        for (const name of names) {
          expect(name).toMatch(/^[a-z0-9%_-]*\.[cdo]$/)
          expect(name.length).toBeLessThan(200)
        }
      }),
    )
  })

  test('what lies under a prefix lies in its folders', () => {
    fc.assert(
      fc.property(keys, keys, (folder, rest) => {
        const folders = foldersOfPrefix(`${folder}/`)
        expect(pathOfKey(`${folder}/${rest}`).slice(0, folders.length)).toEqual(folders)
      }),
    )
  })

  test.each(['../../escape', '/etc/passwd', '..', '.', 'a/../b', 'A/b', 'con', 'a\0b'])(
    'the key %j stays in the directory and apart from others',
    async (key) => {
      const directory = await newDirectory()
      const store = fileSystemStore({ directory: join(directory, 'store') })
      await store.put(key, utf8Encode('x'))
      await store.put('a/b', utf8Encode('other'))
      expect(utf8Decode((await store.get(key))!.bytes)).toBe('x')
      expect(await readdir(directory)).toEqual(['store'])
      await store.close()
    },
  )

  test('a key and keys below it are there at once', async () => {
    const store = fileSystemStore({ directory: await newDirectory() })
    for (const key of ['l', 'l/a', 'l/a/1']) await store.put(key, utf8Encode(key))
    const listed: string[] = []
    for await (const { key } of store.list('l')) listed.push(key)
    expect(listed).toEqual(['l', 'l/a', 'l/a/1'])
    await store.close()
  })
})

test('what one opening wrote the next one reads, and leaves no drafts behind', async () => {
  const directory = await newDirectory()
  const first = fileSystemStore({ directory })
  await first.putIfAbsent('a/b', utf8Encode('kept'))
  await first.putIfAbsent('a/b', utf8Encode('lost'))
  await first.close()
  const second = fileSystemStore({ directory })
  expect(utf8Decode((await second.get('a/b'))!.bytes)).toBe('kept')
  expect(await readdir(join(directory, 'drafts'))).toEqual([])
  await second.close()
})

test('drafts that a killed process left behind are removed when they are a day old, others stay', async () => {
  const directory = await newDirectory()
  const drafts = join(directory, 'drafts')
  await mkdir(drafts)
  for (const [name, ageS] of [
    ['abandoned', 25 * 3_600],
    ['of-another-process', 3_600],
  ] as const) {
    await writeFile(join(drafts, name), 'half')
    await utimes(join(drafts, name), Date.now() / 1000 - ageS, Date.now() / 1000 - ageS)
  }
  const store = fileSystemStore({ directory })
  await store.put('k', utf8Encode('x'))
  await store.close()
  expect(await readdir(drafts)).toEqual(['of-another-process'])
})

test('a directory that is a file is STORE_UNSUITABLE and named', async () => {
  const file = join(await newDirectory(), 'file')
  await writeFile(file, '')
  const store = fileSystemStore({ directory: file })
  await expect(store.put('k', utf8Encode('x'))).rejects.toMatchObject({ code: 'STORE_UNSUITABLE' })
  await expect(store.put('k', utf8Encode('x'))).rejects.toThrow(file)
})

test.skipIf(process.getuid?.() === 0)('a directory without the right to write is STORE_FORBIDDEN', async () => {
  const directory = await newDirectory()
  await chmod(directory, 0o500)
  await expect(fileSystemStore({ directory }).put('k', utf8Encode('x'))).rejects.toMatchObject({
    code: 'STORE_FORBIDDEN',
  })
})

test.runIf(existsSync('/dev/full'))(
  'a full disk is STORE_UNAVAILABLE, names the directory and tears nothing',
  async () => {
    // No disk of this test's can be filled without rights; the mapping is what is shown here.
    const { fileFailure } = await import('../../../runtime/storage/file-failure.ts')
    const error = await writeFile('/dev/full', 'x').catch((caught: unknown) => caught)
    expect(fileFailure(error, '/data/state')).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(fileFailure(error, '/data/state').message).toContain('the disk that holds /data/state is full')
  },
)

describe('several processes at once', () => {
  const child = join(import.meta.dirname, 'file-system-child.ts')
  const run = (args: string[]) => {
    const process_ = fork(child, args, {
      execArgv: ['--conditions=source'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const answers: unknown[] = []
    process_.on('message', (answer) => answers.push(answer))
    return { process_, answers, ended: new Promise((resolve) => process_.on('exit', resolve)) }
  }

  test('rule 30: swaps of two processes never win over the same ETag, so no increment is lost', async () => {
    const directory = await newDirectory()
    const store = fileSystemStore({ directory })
    await store.put('counter', utf8Encode('0'))
    const children = [run(['increment', directory, '60']), run(['increment', directory, '60'])]
    await Promise.all(children.map(({ ended }) => ended))
    expect(utf8Decode((await store.get('counter'))!.bytes)).toBe('120')
    await store.close()
  }, 60_000)

  test('a process that is killed while it holds the lock does not hold it for ever', async () => {
    const directory = await newDirectory()
    const store = fileSystemStore({ directory })
    const put = await store.put('counter', utf8Encode('0'))
    const { process_, answers, ended } = run(['hold', directory])
    while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    process_.kill('SIGKILL')
    await ended
    expect(put.kind === 'ok' && (await store.putIfMatch('counter', utf8Encode('1'), put.etag)).kind).toBe('ok')
    await store.close()
  }, 60_000)
})
