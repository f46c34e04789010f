import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Command } from '../../../runtime/cli/command.ts'
import { savepoint } from '../../../runtime/cli/commands/savepoint.ts'
import { state } from '../../../runtime/cli/commands/state.ts'
import { errorText, exitCodeOf } from '../../../runtime/cli/exit-code.ts'
import { isPlace, openPlace, splitPlace } from '../../../runtime/cli/savepoint/savepoint-place.ts'
import { folderIn as savedIn, origin, saved, shardAfter } from '../log/savepoint/samples.ts'
import { copySavepoint } from '../../../runtime/log/savepoint/copy-savepoint.ts'
import { SavepointFolder } from '../../../runtime/log/savepoint/savepoint-folder.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { plainDirectory } from '../../../runtime/storage/plain-directory.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-cli-'))
const config = join(directory, 'app', 'millrace.config.ts')
const place = join(directory, 'copies')

beforeAll(async () => {
  mkdirSync(join(directory, 'app'))
  const state = JSON.stringify(join(directory, 'state'))
  writeFileSync(
    config,
    `import { application, embedded, endpoint, kafka, route } from 'millrace/config'
     import { actor, int } from 'millrace'
     const a = actor('t/b', { state: {}, messages: { m: int } })
     export default application('bank', {
       ingress: { in: kafka({ topic: 'in' }) },
       routes: [route('in', { by: 'key', to: a.messages.m })],
       functions: [endpoint('http://127.0.0.1:1', [a])],
       storage: embedded({ directory: ${state} }),
     })`,
  )
  const { folder } = savedIn()
  await saved([shardAfter([{ do: 'mutate', at: 0, changes: [{ op: 'set', value: Uint8Array.of(1) }] }])], folder)
  await copySavepoint(folder, new SavepointFolder(plainDirectory(place), systemClock, 'one'))
  await copySavepoint(folder, new SavepointFolder(plainDirectory(place), systemClock, 'two'))
})
afterAll(() => rmSync(directory, { recursive: true }))
afterEach(() => void vi.restoreAllMocks())

/** Runs the command; answers its exit code and everything that it said. */
const run = (...args: readonly string[]) => runOf(savepoint, args)
const runOf = async (command: Command, args: readonly string[]): Promise<readonly [number, string]> => {
  let said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    said += String(chunk)
    return true
  })
  vi.spyOn(console, 'log').mockImplementation((line) => void (said += `${String(line)}\n`))
  try {
    return [await command.run(args, {}), said]
  } catch (error) {
    return [exitCodeOf(error), errorText(error)]
  } finally {
    vi.restoreAllMocks()
  }
}
const configured = ['--config', config] as const

describe('millrace savepoint', () => {
  it('lists, inspects, compares and removes what lies in a directory', async () => {
    expect(await run('list', '--in', place, ...configured)).toEqual([0, expect.stringMatching(/^one .*\ntwo /m)])
    const [code, text] = await run('inspect', join(place, 'one'), ...configured)
    expect([code, text]).toEqual([0, expect.stringMatching(/savepoint nightly of bank at commit l\/7/)])
    expect(text).toMatch(/t\/a +1 +1 +1 B/)
    const json = await run('inspect', join(place, 'one'), '--json', ...configured)
    expect(JSON.parse(json[1])).toMatchObject({ application: 'bank', commit: origin.commit, positions: [] })
    const compared = await run('compare', join(place, 'one'), join(place, 'two'), ...configured)
    expect(compared).toEqual([0, expect.stringMatching(/t\/a\.v +1 +0 +0 +0/)])
    expect(await run('delete', join(place, 'two'), ...configured)).toEqual([0, ''])
    expect(await run('delete', join(place, 'two'), ...configured)).toEqual([
      2,
      expect.stringContaining('SAVEPOINT_UNKNOWN'),
    ])
    expect((await run('list', '--in', place, ...configured))[1]).not.toContain('two')
  })

  it('restores into the embedded store and log what the application serves, and says what it left out', async () => {
    expect(await run('restore', join(place, 'one'), ...configured)).toEqual([
      2,
      expect.stringMatching(/SAVEPOINT_MISMATCH: t\/a is not served.*--drop/),
    ])
    const [code, text] = await run('restore', join(place, 'one'), '--rename', 't/a=t/b', ...configured)
    expect([code, text]).toEqual([0, expect.stringContaining('the application bank is new')])
    expect(await run('restore', join(place, 'one'), '--drop', 't/a', ...configured)).toEqual([
      2,
      expect.stringContaining('APPLICATION_EXISTS'),
    ])
    const other = await run('restore', join(place, 'one'), '--drop', 't/a', '--as', 'other', ...configured)
    expect(other).toEqual([0, expect.stringMatching(/left out .*: 1 cells\n.*start --as other/)])
    // What was restored can be saved: the application is there, and nobody runs it.
    expect(await run('create', 'again', '--offline', '--to', place, ...configured)).toEqual([
      0,
      expect.stringContaining('savepoint again of bank'),
    ])
    expect((await run('inspect', join(place, 'again'), ...configured))[1]).toMatch(/t\/b +1 +1 +1 B/)
  })

  it('code can be checked over a savepoint as over the present state', async () => {
    const checked = await runOf(state, ['check', '--savepoint', join(place, 'one'), ...configured])
    expect(checked).toEqual([1, expect.stringMatching(/t\/a[^]*the code serves no such function/)])
    expect(await runOf(state, ['check', '--savepoint', join(place, 'none'), ...configured])).toEqual([
      2,
      expect.stringContaining('SAVEPOINT_UNKNOWN'),
    ])
  })

  it.each([
    [[], /usage:[^]*savepoint create[^]*savepoint restore/],
    [['begin'], /savepoint create/],
    [['create'], /an argument is missing/],
    [['create', '../x'], /no name of a savepoint/],
    [['create', 'x', '--at', 'l/7'], /write it log\/number/],
    [['create', 'x', '--at', `${'a'.repeat(32)}/7`, '--at-time', '2026-01-01'], /name one commit/],
    [['create', 'x', '--at-time', 'soon'], /write it as 2026/],
    [['create', 'x', '--offline', '--at-time', '2026-01-01'], /goes with neither/],
    [['restore', 'x', '--rename', 'a'], /write it old\/function=new\/function/],
    [['restore', 'x', '--positions', 'end'], /allowed are keep and start/],
    [['restore', 'x', '--position', 't=5'], /topic\/partition=offset/],
    [['restore', './x', '--as', 'a/b', ...configured], /--as a\/b: allowed is/],
    [['restore', './x', '--max-parallelism', '0', ...configured], /MILLRACE_MAX_PARALLELISM/],
    [['inspect', 'none', '--as', 'nobody', ...configured], /there is no application nobody/],
    [['list', '--in', 'ftp://x/y', ...configured], /no place for savepoints/],
    [['list', '--in', 's3://bucket/x?region=r&key=k', ...configured], /no place for savepoints/],
    [['compare', './x', ...configured], /an argument is missing/],
  ])('%j ends with 2 and says why', async (args, why) => {
    expect(await run(...args)).toEqual([2, expect.stringMatching(why)])
  })

  it('waits for a running coordinator until the savepoint is written, and tells why where it is not', async () => {
    const answers = [
      { state: 'writing' },
      { state: 'writing' },
      {
        state: 'written',
        savepoint: { name: 'a', application: 'bank', commit: { log: 'l', number: 3 }, functions: [], files: [] },
      },
      { state: 'writing' },
      { state: 'failed', code: 'SAVEPOINT_EXISTS', message: 'it is there' },
    ]
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers.shift()))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    try {
      expect(await run('create', 'a', '--url', url)).toEqual([
        0,
        expect.stringContaining('savepoint a of bank at commit l/3'),
      ])
      const path = '/admin/savepoints/a'
      expect(asked).toEqual([`POST ${path}`, `GET ${path}`, `GET ${path}`])
      expect(await run('create', 'a', '--url', url)).toEqual([1, 'SAVEPOINT_EXISTS: it is there'])
    } finally {
      server.close()
    }
  })
})

describe('where savepoints lie', () => {
  it('a name is of the application; what has a slash is a place', () => {
    expect(['nightly', 'a.b-c'].map(isPlace)).toEqual([false, false])
    expect(['./a', 'x/a', 's3://b/a', '..', 'a\\b'].map(isPlace)).toEqual([true, true, true, true, true])
    expect(splitPlace('backups/nightly')).toEqual({ place: resolve('backups'), name: 'nightly' })
    expect(splitPlace('s3://b/x/nightly?region=r')).toEqual({ place: 's3://b/x?region=r', name: 'nightly' })
    expect(splitPlace('s3://b/nightly/')).toEqual({ place: 's3://b', name: 'nightly' })
  })

  it('s3:// takes what the application’s own bucket has, unless it says otherwise', () => {
    const own = {
      kind: 's3',
      bucket: 'own',
      prefix: '',
      region: 'eu',
      endpoint: 'http://127.0.0.1:9',
      pathStyle: true,
    } as const
    const storage = { ...own, credentials: undefined, requestTimeoutMs: 1_000 }
    const { store, shown } = openPlace('s3://other/some/where', storage, {})
    expect(shown).toBe('s3://other/some/where')
    return store.close()
  })
})
