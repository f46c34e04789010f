import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { afterEach, describe, expect, it, test, vi } from 'vitest'
import { state } from '../../../runtime/cli/commands/state.ts'
import { loadApplication } from '../../../runtime/cli/load-application.ts'
import { startApplication } from '../../../runtime/cli/start-application.ts'
import { passes, reportText } from '../../../runtime/cli/state-check/report-text.ts'
import { StateCheck } from '../../../runtime/cli/state-check/state-check.ts'
import type { StoredState } from '../../../runtime/cli/state-check/stored-state.ts'
import { resolveSettings } from '../../../runtime/config/index.ts'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import type { StateCells } from '../../../runtime/model/state-cells.ts'
import { nullTelemetry } from '../../../runtime/platform/null-telemetry.ts'
import { actor, int, list, map, string, value } from '../../../runtime/sdk/index.ts'

afterEach(() => void vi.restoreAllMocks())

const account = actor('bank/account', {
  state: {
    balance: value(z.object({ amount: z.number().max(100), currency: z.string() }), {
      version: 3,
      migrate: {
        1: { type: int, up: (amount) => ({ amount }) },
        2: {
          type: z.object({ amount: z.number() }),
          up: ({ amount }) => {
            if (amount === 13) throw new RangeError('the secret is 13')
            return { amount, currency: 'EUR' }
          },
        },
      },
    }),
    recent: list(string),
    totals: map(string, int, { version: 2, migrate: { 1: { type: string, up: Number } } }),
  },
  messages: {},
})
const contracts = new Map([[account.typename, account.contract]])
const one = (bytes: Uint8Array): StateCells => ({ kind: 'value', value: bytes })
const stored = (
  name: string,
  id: string,
  cells: StateCells,
  valueTypename: string,
  more: Partial<StoredState> = {},
) => ({
  typename: 'bank/account',
  id,
  state: name,
  valueTypename,
  cells,
  ...more,
})
const intTypename = int.typename
const json = (given: unknown) => one(utf8Encode(JSON.stringify(given)))
const entriesOf = (...entries: [string, Uint8Array][]): StateCells => ({
  kind: 'map',
  entries: entries.map(([key, value]) => ({ key: string.encode(key), value })),
})
const checked = (...all: StoredState[]) => {
  const check = new StateCheck(contracts)
  for (const each of all) check.add(each)
  return check.report()
}

describe('a check of code over state', () => {
  test('counts what each version has, and runs every migration on the way up', () => {
    const report = checked(
      stored('balance', 'ann', one(int.encode(5)), intTypename),
      stored('balance@2', 'bob', json({ amount: 7 }), 'bank/account.balance'),
      stored('balance', 'eve', one(int.encode(6)), intTypename),
      stored('balance@3', 'joe', json({ amount: 7, currency: 'EUR' }), 'bank/account.balance'),
      stored(
        'recent',
        'ann',
        { kind: 'list', head: 3, items: [string.encode('a'), string.encode('b')] },
        string.typename,
      ),
      stored('totals', 'ann', entriesOf(['a', string.encode('4')]), string.typename, { keyTypename: string.typename }),
    )
    const shown = report.versions.map(({ state, version, verdict, addresses, cells, present }) => [
      `${state} ${version}`,
      verdict,
      present,
      addresses,
      cells,
    ])
    expect(shown).toEqual([
      ['balance 1', 'upcast', 3, 2, 2],
      ['balance 2', 'upcast', 3, 1, 1],
      ['balance 3', 'read', 3, 1, 1],
      ['recent 1', 'read', 1, 1, 2],
      ['totals 1', 'upcast', 2, 1, 1],
    ])
    expect([report.failed, report.failedTotal, passes(report, false)]).toEqual([[], 0, true])
  })

  test('names the addresses whose values fail and the step that fails, and nothing of the values', () => {
    const report = checked(
      stored('balance', 'ann', one(Uint8Array.of(9)), intTypename),
      stored('balance', 'bob', one(int.encode(13)), intTypename),
      stored('balance@2', 'eve', json({ amount: 700 }), 'bank/account.balance'),
      stored('balance@3', 'joe', json({ amount: 'much', currency: 'EUR' }), 'bank/account.balance'),
      stored(
        'recent',
        'ann',
        { kind: 'list', head: 0, items: [string.encode('a'), Uint8Array.of(8)] },
        string.typename,
      ),
      stored('totals', 'ann', entriesOf(['a', string.encode('4')], ['b', string.encode('x')]), string.typename),
      stored(
        'totals',
        'bob',
        { kind: 'map', entries: [{ key: Uint8Array.of(8), value: string.encode('4') }] },
        string.typename,
      ),
    )
    expect(
      report.failed.map(({ address, state, version, reason }) => [`${address} ${state} ${version}`, reason]),
    ).toEqual([
      ['bank/account/ann balance 1', 'it is no value of version 1 (TypeError)'],
      ['bank/account/bob balance 1', 'its migration from version 2 threw (RangeError)'],
      ['bank/account/eve balance 2', 'what its migration from version 2 gave is no value of version 3 (TypeError)'],
      ['bank/account/joe balance 3', 'it is no value of version 3 (TypeError)'],
      ['bank/account/ann recent 1', 'item 1: it is no value of version 1 (TypeError)'],
      [
        'bank/account/ann totals 1',
        'an entry: what its migration from version 1 gave is no value of version 2 (TypeError)',
      ],
      ['bank/account/bob totals 1', 'a key is none of its type (TypeError)'],
    ])
    expect([report.failedTotal, passes(report, true)]).toEqual([7, false])
    expect(report.versions.map(({ failed }) => failed)).toEqual([2, 1, 1, 1, 2])
    expect(reportText(report, false, false)).not.toMatch(/secret|13|700|much/)
    expect(reportText(report, false, true)).toContain('threw (RangeError): the secret is 13')
  })

  test.each<[string, StoredState, boolean]>([
    [
      'the code serves no such function',
      stored('x', 'ann', one(int.encode(1)), intTypename, { typename: 'a/b' }),
      true,
    ],
    ['the code declares no such state', stored('blance', 'ann', one(int.encode(1)), intTypename), true],
    ['no migration from version 1', stored('gone', 'ann', one(int.encode(1)), intTypename), false],
    ['newer than the code, which has version 3', stored('balance@4', 'ann', one(int.encode(1)), intTypename), false],
    ['another kind or type', stored('balance', 'ann', one(string.encode('1')), string.typename), false],
    ['another kind or type', stored('recent', 'ann', one(string.encode('1')), string.typename), false],
    ['another kind or type', stored('totals@2', 'ann', entriesOf(), intTypename, { keyTypename: intTypename }), false],
  ])('does not pass where %s, and decodes nothing then', (problem, each, allowed) => {
    const gone = actor('bank/account', { state: { gone: value(int, { version: 2 }) }, messages: {} })
    const check = new StateCheck(each.state === 'gone' ? new Map([[gone.typename, gone.contract]]) : contracts)
    check.add(each)
    const report = check.report()
    expect([passes(report, false), passes(report, true), report.failedTotal]).toEqual([false, allowed, 0])
    expect(reportText(report, false, false)).toContain(problem)
  })

  test('shows the first failures and counts all', () => {
    const report = checked(
      ...Array.from({ length: 1_200 }, (_, i) => stored('balance', `a${i}`, one(int.encode(13)), intTypename)),
    )
    expect([report.failed.length, report.failedTotal]).toEqual([1_000, 1_200])
    const text = reportText(report, false, false)
    expect(text.match(/^bank\/account\/a/gm)).toHaveLength(20)
    expect(text).toContain('and 1180 more')
    expect(reportText(checked(), true, false)).toBe('no state is kept\n')
  })
})

/** An application file in a folder of its own, whose `balance` is declared as the test says. */
const inFolder = async () => {
  const root = join(import.meta.dirname, '../../..')
  await mkdir(join(root, '.local'), { recursive: true })
  const directory = await mkdtemp(join(root, '.local/state-check-'))
  const file = join(directory, 'millrace.config.ts')
  const declare = (balance: string) =>
    writeFile(
      file,
      `import { actor, int, string, value } from 'millrace'
       import { application, embedded, inProcess } from 'millrace/config'
       const account = actor('bank/account', { state: { balance: ${balance} }, messages: { set: int } })
       export const handlers = account.handle({ set: (ctx, n) => void (ctx.state.balance = n as never) })
       export default application('bank', {
         functions: [inProcess([handlers])],
         storage: embedded({ directory: ${JSON.stringify(join(directory, 'data'))} }),
       })`,
    )
  return { file, declare, remove: () => rm(directory, { recursive: true, force: true }) }
}

const startBank = async (file: string) => {
  const { definition } = await loadApplication(file)
  const { settings } = resolveSettings(definition, {})
  const http = { ...settings.http, port: 0 }
  const options = { definition, settings: { ...settings, http }, env: {}, telemetry: nullTelemetry, create: true }
  const { running, close } = await startApplication({ ...options, topics: new Map() })
  const to = {
    kind: 'call',
    typename: 'bank/account',
    message: 'set',
    idempotencyKey: undefined,
    fingerprint: '',
  } as const
  return {
    set: (id: string, n: number) => running.request({ ...to, id, payload: int.encode(n) }).answer,
    stop: async () => {
      running.drain()
      await running.ended
      await close()
    },
  }
}

it('checks the bucket of the application file, while the application runs, and ends with 1 where it does not pass', async () => {
  const { file, declare, remove } = await inFolder()
  await declare('int')
  const written: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const run = async (...args: string[]) => {
    written.length = 0
    const code = await state.run(['check', '--config', file, ...args], {})
    return { code, text: written.join('') }
  }
  await expect(run()).rejects.toMatchObject({ code: 'APPLICATION_UNKNOWN' })
  const bank = await startBank(file)
  try {
    await Promise.all([bank.set('ann', 5), bank.set('bob', -5)])
    expect(await run()).toMatchObject({
      code: 0,
      text: expect.stringMatching(/balance +1 +value +2 +2 +read as it is/),
    })
    await declare(
      `value(string, { version: 2, migrate: { 1: { type: int, up: (n) => { if (n < 0) throw new Error('-'); return 'n' + n } } } })`,
    )
    const { code, text } = await run('--json')
    const reason = 'its migration from version 1 threw (Error)'
    expect([code, JSON.parse(text)]).toMatchObject([
      1,
      {
        passed: false,
        versions: [
          { function: 'bank/account', state: 'balance', version: 1, verdict: 'upcast', present: 2, addresses: 2 },
        ],
        failed: [{ address: 'bank/account/bob', state: 'balance', version: 1, reason }],
        failedTotal: 1,
      },
    ])
    expect(text).not.toContain('said')
    await bank.set('bob', 6)
    expect(await run()).toMatchObject({ code: 0, text: expect.stringContaining('upcast to version 2') })
    await declare('value(string, { version: 2 })')
    expect(await run()).toMatchObject({ code: 1, text: expect.stringContaining('no migration from version 1') })
  } finally {
    await bank.stop()
    await remove()
  }
})
