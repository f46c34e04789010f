import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'
import { addressPath } from '../../../runtime/cli/address-path.ts'
import { readArguments } from '../../../runtime/cli/arguments.ts'
import { call, send } from '../../../runtime/cli/commands/message.ts'
import { egress } from '../../../runtime/cli/commands/egress.ts'
import { errorText, exitCodeOf } from '../../../runtime/cli/exit-code.ts'
import { newSigningKey } from '../../../runtime/cli/new-signing-key.ts'
import { checkNode } from '../../../runtime/cli/node-version.ts'
import { readDevOptions } from '../../../runtime/cli/dev/options.ts'
import { application, embedded, inProcess, kafka, resolveSettings, s3 } from '../../../runtime/config/index.ts'
import { MillraceError } from '../../../runtime/model/errors.ts'
import { parseSigningKeys } from '../../../runtime/protocol/signing-keys.ts'
import { actor, int } from '../../../runtime/sdk/index.ts'

afterEach(() => void vi.restoreAllMocks())

/** Runs a command against a server that answers `status` and `body`; answers what it was asked. */
const ask = async (run: (url: string) => Promise<number>, status: number, body: unknown) => {
  const asked: { request: IncomingMessage; body: string }[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += String(chunk)))
    request.on('end', () => {
      asked.push({ request, body: text })
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  try {
    return { code: await run(`http://127.0.0.1:${port}`), asked }
  } finally {
    server.close()
  }
}

it('sends a message with its key, its token and its value, and prints its id', async () => {
  const printed = vi.spyOn(console, 'log').mockReturnValue()
  const args = ['bank/account/a/b c', 'deposit', '5', '--idempotency-key', 'k1']
  const env = { MILLRACE_HTTP_TOKEN: 'secret-secret-secret' }
  const { code, asked } = await ask((url) => send.run([...args, '--url', url], env), 202, { messageId: 'id-1' })
  const [first] = asked
  expect([code, first?.request.method, first?.request.url, first?.body]).toEqual([
    0,
    'POST',
    '/send/bank/account/a%2Fb%20c/deposit',
    '5',
  ])
  expect(first?.request.headers).toMatchObject({
    'idempotency-key': 'k1',
    'content-type': 'application/json',
    authorization: 'Bearer secret-secret-secret',
  })
  expect(printed).toHaveBeenCalledWith('id-1')
})

it('prints a reply, and ends with what the coordinator says of a refusal', async () => {
  const printed = vi.spyOn(console, 'log').mockReturnValue()
  const run = (url: string) => call.run(['bank/account/bob', 'withdraw', '5', '--url', url], {})
  await ask(run, 200, { ok: true })
  expect(printed).toHaveBeenCalledWith('{\n  "ok": true\n}')
  const codeOf = async (status: number) =>
    ask(run, status, { code: 'CODE', message: 'why' }).catch((error: unknown) => [errorText(error), exitCodeOf(error)])
  expect(await codeOf(404)).toEqual(['CODE: why', 2])
  expect(await codeOf(422)).toEqual(['CODE: why', 1])
  expect(await codeOf(503)).toEqual(['CODE: why', 1])
})

it('has undeliverable records retried, all or those of one topic', async () => {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const run = (...args: string[]) => ask((url) => egress.run([...args, '--url', url], {}), 200, { retried: 3 })
  const { code, asked } = await run('retry', '--topic', 'a b')
  expect([code, asked[0]?.request.method, asked[0]?.request.url]).toEqual([
    0,
    'POST',
    '/admin/egress/retry?topic=a%20b',
  ])
  expect((await run('retry')).asked[0]?.request.url).toBe('/admin/egress/retry')
  expect(printed).toHaveBeenCalledWith(expect.stringContaining('3 emitted once more'))
  for (const wrong of [['again'], [], ['list', '--topic', 'a']]) await expect(run(...wrong)).rejects.toThrow('usage')
})

it('says where it looked for a coordinator that is not there', async () => {
  await expect(send.run(['a/b/c', 'd', '--url', 'http://127.0.0.1:1'], {})).rejects.toThrow(
    'no coordinator answers at http://127.0.0.1:1',
  )
})

it('takes addresses whose ids have slashes, and no others than addresses', () => {
  expect(addressPath('bank/account/2026/07')).toBe('bank/account/2026%2F07')
  for (const wrong of ['bank', 'bank/account', '/account/bob'])
    expect(() => addressPath(wrong)).toThrow('write namespace/name/id')
})

it('shows a command’s usage where its arguments are wrong', () => {
  const read = (...args: string[]) =>
    readArguments(args, 'go <where>', { fast: { type: 'boolean' } }, { min: 1, max: 1 })
  expect(read('north', '--fast').values.fast).toBe(true)
  for (const wrong of [[], ['north', 'south'], ['north', '--slow']])
    expect(() => read(...wrong)).toThrow('usage: millrace go <where>')
})

it('makes signing keys that both sides take', () => {
  const [key] = parseSigningKeys(newSigningKey(), 'test')
  expect(key?.secret.length).toBe(64)
  expect(newSigningKey()).not.toBe(newSigningKey())
})

it('ends with 2 for what the user mends, 3 when fenced, 1 else', () => {
  const codeOf = (code: ConstructorParameters<typeof MillraceError>[0]) => exitCodeOf(new MillraceError(code, ''))
  expect([codeOf('SETTING_INVALID'), codeOf('APPLICATION_UNKNOWN'), codeOf('FENCED')]).toEqual([2, 2, 3])
  expect([codeOf('STORE_UNAVAILABLE'), exitCodeOf(new Error('bug')), exitCodeOf('thrown')]).toEqual([1, 1, 1])
  expect(errorText(new Error('bug'))).toContain('at ')
})

const counter = actor('test/counter', { state: {}, messages: { add: int } })
const settingsOf = (parts: object) =>
  resolveSettings(
    application('test', { functions: [inProcess([counter.handle({ add: () => undefined })])], ...parts }),
    {},
  ).settings

it('wants Node 22.13 for what needs node:sqlite, and for nothing else', () => {
  const local = settingsOf({ storage: embedded() })
  const remote = settingsOf({ storage: s3({ bucket: 'bank' }), kafka: { brokers: ['kafka:9092'] } })
  for (const version of ['20.20.2', '22.12.0'])
    expect(() => checkNode(local, version)).toThrow(`Node 22.13 or newer is needed, and this is ${version}`)
  for (const version of ['22.13.0', '24.0.0']) checkNode(local, version)
  checkNode(remote, '20.20.2')
  expect(() => checkNode(settingsOf({ storage: s3({ bucket: 'bank' }) }), '20.20.2')).toThrow('the embedded log')
  expect(kafka({ topic: 'in' }).kind).toBe('kafka')
})

it('takes the export dev of an application file, or says which part of it is wrong', () => {
  const records = async function* () {}
  const feed = { topic: 'in', partitions: 4, perSecond: 0, records }
  expect(readDevOptions({ functions: './f.ts', feeds: [feed] }, 'file').feeds).toEqual([feed])
  expect(readDevOptions(undefined, 'file')).toEqual({ functions: undefined, feeds: [], view: [] })
  const wrong: [unknown, string][] = [
    [5, 'the export dev must be'],
    [{ function: './f.ts' }, 'dev.function must be left out'],
    [{ functions: 5 }, 'dev.functions must be a file'],
    [{ feeds: [{ ...feed, partitions: 0 }] }, 'dev.feeds[0] must be'],
    [{ feeds: [{ ...feed, perSecond: NaN }] }, 'dev.feeds[0] must be'],
    [{ view: [{ kind: 'states', title: 'x', rows: 3 }] }, 'dev.view[0] must be'],
  ]
  for (const [value, message] of wrong) expect(() => readDevOptions(value, 'file')).toThrow(message)
})
